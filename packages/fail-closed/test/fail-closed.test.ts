import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  createEnsemble,
  failClosed,
  ModelError,
  type FailClosedOptions,
  type FeatureRow,
  type ModelEvent,
  type ModelInput,
  type Prediction,
} from "../src/index.js";
import { deferredPromise, type Deferred } from "./support/deferred.js";
import { hidden, HOSTILE, junk } from "./support/hostile.js";

type Label = "BUY" | "SELL" | "HOLD";

const GOOD = { label: "BUY", confidence: 0.75 };

function wrap(given: Partial<FailClosedOptions<Label>> = {}) {
  return failClosed({
    name: "m",
    labels: ["BUY", "SELL", "HOLD"],
    features: ["a", "b"],
    predict: () => GOOD,
    ...given,
  });
}

/** A model that answers with anything, in order. */
const answering = (answers: readonly unknown[], given: Partial<FailClosedOptions<Label>> = {}) => {
  let next = 0;
  return wrap({ predict: () => answers[next++ % answers.length] as typeof GOOD, ...given });
};

const row = { features: { a: 1, b: 2 } };
const reasonOf = (prediction: Prediction) => (prediction.status === "active" ? "active" : prediction.reason);
const messageOf = (prediction: Prediction) => (prediction.status === "active" ? "" : prediction.error.message);

test("results of a model and an ensemble are immutable", async () => {
  const predict = () => ({ label: "BUY" as const, confidence: 0.5 });
  const model = failClosed({ name: "m", labels: ["BUY", "SELL"], features: ["b", "a"], predict });
  const other = failClosed({ name: "n", labels: ["BUY", "SELL"], features: ["b", "a"], predict });
  for (const change of [
    () => (model.features as string[]).sort(),
    () => (model.labels as string[]).push("MOON"),
    () => {
      (model.state as { status: string }).status = "inactive";
    },
  ])
    expect(change).toThrow(TypeError);
  expect([model.features, model.labels, other.state]).toEqual([["b", "a"], ["BUY", "SELL"], { status: "active" }]);
  const ensemble = createEnsemble({
    models: [model, other],
    weights: new Map([
      ["m", 0.5],
      ["n", 0.5],
    ]),
    quorum: 1,
  });
  (ensemble.weights as Map<string, number>).set("m", Number.NaN);
  expect(await ensemble.decide({ symbol: "S", features: { a: 1, b: 2 } })).toMatchObject({
    decision: { kind: "decision", action: "BUY" },
  });
});

describe("an answer", () => {
  test("passes unchanged, with the facts of its model", async () => {
    const prediction = await wrap().predict(row);
    expect(prediction).toEqual({
      status: "active",
      model: "m",
      action: "BUY",
      confidence: 0.75,
      latencyMs: expect.any(Number),
      artifactSha256: null,
      featureDim: 2,
    });
    expect(Object.isFrozen(prediction)).toBe(true);
  });

  test.each([0, 1, -0, Number.MIN_VALUE])("with a confidence of %d passes", async (confidence) => {
    expect(await answering([{ label: "HOLD", confidence }]).predict(row)).toMatchObject({
      status: "active",
      confidence,
    });
  });

  test.each<[unknown, string]>([
    [null, "Output is null, no answer"],
    [undefined, "Output is nothing, no answer"],
    [Number.NaN, "Output is NaN, no answer"],
    ["BUY", 'Output is "BUY", no answer'],
    [["BUY", 0.5], "Output is a list, no answer"],
    [() => GOOD, "Output is a function, no answer"],
    [{ label: "BUY" }, "Output has the confidence nothing, not a number in [0, 1]"],
    [{ label: "BUY", confidence: Number.NaN }, "Output has the confidence NaN, not a number in [0, 1]"],
    [
      { label: "BUY", confidence: 1.0000000000000002 },
      "Output has the confidence 1.0000000000000002, not a number in [0, 1]",
    ],
    [{ label: "BUY", confidence: -Number.MIN_VALUE }, "Output has the confidence -5e-324, not a number in [0, 1]"],
    [{ label: "BUY", confidence: Infinity }, "Output has the confidence Infinity, not a number in [0, 1]"],
    [{ label: "BUY", confidence: "0.5" }, 'Output has the confidence "0.5", not a number in [0, 1]'],
    [{ label: "BUY", confidence: [0.5] }, "Output has the confidence an object, not a number in [0, 1]"],
    [{ label: "buy", confidence: 0.5 }, 'Output has the unknown label "buy"'],
    [{ label: "\u001b[2J\u202e", confidence: 0.5 }, String.raw`Output has the unknown label "\\u{1b}[2J\\u{202e}"`],
    [{ label: ["BUY"], confidence: 0.5 }, "Output has the unknown label an object"],
    [{ confidence: 0.5 }, "Output has the unknown label nothing"],
  ])("of %j is refused", async (answer, message) => {
    const prediction = await answering([answer]).predict(row);
    expect([reasonOf(prediction), messageOf(prediction)]).toEqual(["output_invalid", message]);
  });

  test("is refused, with the reason, if it throws when read", async () => {
    const prediction = await answering([HOSTILE[0]]).predict(row);
    expect([reasonOf(prediction), messageOf(prediction)]).toEqual(["output_invalid", "Output cannot be read: boom"]);
  });

  test("reports what the predictor threw", async () => {
    const cause = new Error("no\n such\tthing\u001b");
    const prediction = await wrap({
      predict: () => {
        throw cause;
      },
    }).predict(row);
    expect(prediction).toMatchObject({
      reason: "predict_failed",
      error: { message: String.raw`Predictor failed: no such thing\u{1b}`, cause },
    });
    const own = new ModelError("input_missing", "No quote");
    expect(await wrap({ predict: () => Promise.reject(own) }).predict(row)).toMatchObject({
      reason: "input_missing",
      error: own,
    });
  });
});

describe("an input", () => {
  const seen: ModelInput[] = [];
  const model = wrap({
    predict: (input) => {
      seen.push(input);
      return GOOD;
    },
  });

  test.each<[string, FeatureRow["features"]]>([
    ["a record in any order, with further names", { z: Number.NaN, b: 2, a: 1, length: 7 }],
    ["a list", [1, 2]],
    ["a typed array", Float32Array.of(1, 2)],
    ["anything like a list", { length: 2, 0: 1, 1: 2 }],
  ])("may be %s", async (_, features) => {
    expect(reasonOf(await model.predict({ features }))).toBe("active");
    expect(seen.at(-1)).toEqual({ data: Float64Array.of(1, 2), rows: 1, features: 2 });
  });

  test.each<[unknown, string, string]>([
    [undefined, "input_missing", "Input cannot be read: Cannot read properties of undefined (reading 'features')"],
    [{}, "input_missing", "Input has nothing instead of features"],
    [{ features: null }, "input_missing", "Input has null instead of features"],
    [{ features: "ab" }, "input_missing", 'Input has "ab" instead of features'],
    [{ features: {} }, "input_missing", "Input lacks 'a', 'b'"],
    [{ features: Object.create({ a: 1, b: 2 }) }, "input_missing", "Input lacks 'a', 'b'"],
    [{ features: { a: 1 } }, "input_missing", "Input lacks 'b'"],
    [{ features: { a: 1, b: undefined } }, "input_not_finite", "Input holds nothing in 'b'"],
    [{ features: { a: 1, b: "2" } }, "input_not_finite", "Input holds \"2\" in 'b'"],
    [{ features: { a: 1n, b: 2 } }, "input_not_finite", "Input holds a bigint in 'a'"],
    [{ features: [1, Infinity] }, "input_not_finite", "Input holds Infinity in 'b'"],
    [{ features: [1] }, "dimension_mismatch", "Input has 1 values, the model takes 2"],
    [{ features: [1, 2, 3] }, "dimension_mismatch", "Input has 3 values, the model takes 2"],
    [{ features: { length: 3 } }, "dimension_mismatch", "Input has 3 values, the model takes 2"],
    [
      { features: new DataView(new ArrayBuffer(2)) },
      "dimension_mismatch",
      "Input has nothing values, the model takes 2",
    ],
  ])("number %# is refused", async (input, reason, message) => {
    const prediction = await wrap().predict(input as FeatureRow);
    expect([reasonOf(prediction), messageOf(prediction), prediction.latencyMs]).toEqual([reason, message, null]);
  });

  test("names three of many missing features", async () => {
    const prediction = await wrap({ features: ["a", "b", "c", "d", "e"] }).predict(row);
    expect(messageOf(prediction)).toBe("Input lacks 'c', 'd', 'e'");
    expect(messageOf(await wrap({ features: ["v", "w", "x", "y", "z"] }).predict(row))).toBe(
      "Input lacks 'v', 'w', 'x' and 2 more",
    );
  });

  test("is the predictor's own copy", async () => {
    const features = Float64Array.of(1, 2);
    const scribbler = wrap({
      rows: 2,
      predict: ({ data }) => {
        const label = data.join() === "1,2,1,2" ? "BUY" : "SELL";
        data.fill(9);
        return { label, confidence: 0.5 };
      },
    });
    scribbler.remember({ symbol: "BTC", features });
    for (let n = 0; n < 3; n += 1)
      expect(await scribbler.predict({ symbol: "BTC", features })).toMatchObject({ action: "BUY" });
    expect(features).toEqual(Float64Array.of(1, 2));
  });
});

describe("whatever comes in or out", () => {
  /** An independent check that a record or vector is two finite numbers. */
  const isGoodInput = (features: unknown): boolean => {
    try {
      if (typeof features !== "object" || features === null) return false;
      const own = Object.getOwnPropertyDescriptors(features) as Record<string, PropertyDescriptor>;
      const values =
        "a" in own || "b" in own ? [own["a"]?.value, own["b"]?.value] : Array.from(features as ArrayLike<unknown>);
      return values.length === 2 && values.every((value) => Number.isFinite(value));
    } catch {
      return false;
    }
  };
  const isGoodAnswer = (answer: unknown): boolean => {
    try {
      const { label, confidence } = answer as { label: unknown; confidence: unknown };
      const isRecord = typeof answer === "object" && !Array.isArray(answer);
      return (
        isRecord &&
        ["BUY", "SELL", "HOLD"].includes(label as string) &&
        Number.isFinite(confidence) &&
        Math.abs((confidence as number) - 0.5) <= 0.5
      );
    } catch {
      return false;
    }
  };
  const or = (arbitrary: fc.Arbitrary<unknown>) => fc.oneof(arbitrary.map(hidden), junk);
  const inputs = fc.oneof(
    junk,
    fc.tuple(or(fc.double()), or(fc.double())).map(([a, b]) => () => ({ a: a(), b: b() })),
    fc.array(fc.double(), { maxLength: 3 }).map(hidden),
  );
  const answers = fc.oneof(
    junk,
    fc
      .tuple(or(fc.constantFrom("BUY", "HODL")), or(fc.double({ min: -1, max: 2 })))
      .map(([label, confidence]) => () => ({ label: label(), confidence: confidence() })),
  );

  test("nothing invalid is ever active, and nothing rejects", async () => {
    let active = 0;
    await fc.assert(
      fc.asyncProperty(inputs, answers, fc.boolean(), async (features, answer, later) => {
        const predict = () => (later ? Promise.resolve(answer()) : answer()) as typeof GOOD;
        const prediction = await wrap({ predict, timeLimitMs: 50 }).predict({ features: features() } as FeatureRow);
        if (prediction.status === "inactive") {
          expect(prediction.error).toBeInstanceOf(ModelError);
          return;
        }
        active += 1;
        expect([isGoodInput(features()), isGoodAnswer(answer())]).toEqual([true, true]);
        expect(prediction.action).toBe("BUY");
      }),
      { numRuns: 2000 },
    );
    expect(active).toBeGreaterThan(0);
  });

  test("nothing valid is ever refused", async () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    const valid = fc.record({
      label: fc.constantFrom("BUY", "SELL", "HOLD"),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(finite, finite, valid, async (a, b, answer) => {
        expect(await answering([answer]).predict({ features: { a, b } })).toMatchObject({
          status: "active",
          action: answer.label,
          confidence: answer.confidence,
        });
      }),
    );
  });

  test("no row, symbol or thrown value gets out", async () => {
    for (const value of HOSTILE) {
      for (const rows of [1, 2]) {
        const model = wrap({
          rows,
          predict: () => {
            throw value;
          },
        });
        expect(() => {
          model.remember(value as FeatureRow);
        }).not.toThrow();
        for (const weird of [value, { symbol: value, features: [1, 2] }, { features: value }, row]) {
          expect((await model.predict(weird as FeatureRow)).status).toBe("inactive");
        }
      }
    }
  });
});

describe("degenerate output", () => {
  const degeneracy = { window: 4, share: 0.75, std: 0.1, recovered: { share: 0.5, std: 0.2 } };
  const say = (label: string, confidence = 0.5) => ({ label, confidence });

  test("makes the model inactive, with evidence, until the window has recovered by a margin", async () => {
    const answers = ["BUY", "BUY", "BUY", "BUY", "SELL", "SELL", "SELL"].map((label) => say(label));
    const model = answering(answers, { degeneracy });
    const found: string[] = [];
    for (let n = 0; n < answers.length; n += 1) found.push(reasonOf(await model.predict(row)));
    expect(found).toEqual(["active", "active", "active", "degenerate_output", "degenerate_output", "active", "active"]);
  });

  test("reports share, label, deviation and window", async () => {
    const model = answering([say("HOLD", 0.5), say("HOLD", 0.52)], { degeneracy });
    for (let n = 0; n < 3; n += 1) await model.predict(row);
    expect(messageOf(await model.predict(row))).toBe(
      "Degenerate output detected: 100 % HOLD, standard deviation of confidence 0.01, in the last 4 predictions",
    );
  });

  test("ignores faulty predictions", async () => {
    const model = answering([say("BUY"), say("BUY"), null, say("BUY", Number.NaN), say("BUY"), say("BUY")], {
      degeneracy,
    });
    const found: string[] = [];
    for (let n = 0; n < 6; n += 1) found.push(reasonOf(await model.predict(row)));
    expect(found).toEqual(["active", "active", "output_invalid", "output_invalid", "active", "degenerate_output"]);
  });

  test("survives a reload, which does not change the predictor", async () => {
    const model = wrap({ degeneracy });
    for (let n = 0; n < 4; n += 1) await model.predict(row);
    expect(model.state).toMatchObject({ reason: "degenerate_output" });
    expect(await model.reload()).toMatchObject({ status: "inactive", reason: "degenerate_output" });
    expect(reasonOf(await model.predict(row))).toBe("degenerate_output");
  });

  test("is found however often the model is reloaded", async () => {
    const model = wrap({ degeneracy: { window: 100 } });
    const found = new Set<string>();
    for (let n = 1; n <= 1980; n += 1) {
      const reason = reasonOf(await model.predict(row));
      if (n >= 100) found.add(reason);
      if (n % 99 === 0) await model.reload();
    }
    expect([...found]).toEqual(["degenerate_output"]);
  });
});

describe("state and events", () => {
  test("report every change and every prediction", async () => {
    const events: ModelEvent[] = [];
    const model = answering([GOOD, null, null, undefined, GOOD], { onEvent: (event) => events.push(event) });
    expect(model.state).toEqual({ status: "active" });
    for (let n = 0; n < 3; n += 1) await model.predict(row);
    await model.predict({ features: {} });
    await model.predict(row);
    await model.predict(row);
    await model.close();
    const told = events.map((event) => (event.kind === "inactive" ? event.reason : event.kind));
    expect(told).toEqual([
      "prediction",
      "output_invalid",
      "prediction",
      "prediction",
      "prediction",
      "prediction",
      "active",
      "prediction",
      "closed",
    ]);
    expect(model.state).toMatchObject({ status: "inactive", reason: "closed" });
  });
});

describe("the time limit", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Calls that settle when the test says so. */
  function deferred(given: Partial<FailClosedOptions<Label>> = {}) {
    const calls: Deferred<typeof GOOD>[] = [];
    const signals: AbortSignal[] = [];
    const predict: FailClosedOptions<Label>["predict"] = (_, { signal }) => {
      const call = deferredPromise<typeof GOOD>();
      calls.push(call);
      signals.push(signal);
      return call.promise;
    };
    return { model: wrap({ predict, timeLimitMs: 100, ...given }), calls, signals };
  }

  test("passes an answer in time and leaves no timer behind", async () => {
    vi.useFakeTimers();
    const { model, calls, signals } = deferred();
    const prediction = model.predict(row);
    await vi.advanceTimersByTimeAsync(99);
    calls[0]?.resolve(GOOD);
    expect(await prediction).toMatchObject({ status: "active", latencyMs: 99 });
    expect([vi.getTimerCount(), signals[0]?.aborted]).toEqual([0, false]);
  });

  test("gives up, aborts, refuses later calls at once, and ignores the late answer", async () => {
    vi.useFakeTimers();
    const { model, calls, signals } = deferred();
    const first = model.predict(row);
    await vi.advanceTimersByTimeAsync(100);
    const late = await first;
    expect([reasonOf(late), messageOf(late), late.latencyMs]).toEqual(["timeout", "No answer within 100 ms", 100]);
    expect([signals[0]?.aborted, signals[0]?.reason]).toEqual([true, (late as { error?: unknown }).error]);

    const next = await model.predict(row);
    expect([reasonOf(next), messageOf(next), next.latencyMs, calls.length]).toEqual([
      "timeout",
      "Predictor is still busy with a call that is overdue",
      null,
      1,
    ]);
    await model.reload();
    expect([reasonOf(await model.predict(row)), calls.length]).toEqual(["timeout", 1]);

    calls[0]?.resolve(GOOD);
    await vi.advanceTimersByTimeAsync(0);
    expect(model.state).toMatchObject({ reason: "timeout" });
    const answered = model.predict(row);
    calls[1]?.resolve(GOOD);
    expect(await answered).toMatchObject({ status: "active" });
  });

  test("a late rejection is ignored too", async () => {
    vi.useFakeTimers();
    const { model, calls } = deferred();
    const first = model.predict(row);
    await vi.advanceTimersByTimeAsync(100);
    calls[0]?.reject(new Error("late"));
    expect(reasonOf(await first)).toBe("timeout");
  });

  test.each(["at once", "later"])("counts the time that a predictor blocks, answering %s", async (when) => {
    vi.useFakeTimers();
    const predict = () => {
      vi.setSystemTime(Date.now() + 101);
      vi.advanceTimersByTime(when === "at once" ? 101 : 0);
      return when === "at once" ? GOOD : blocked();
    };
    const blocked = async () => {
      await Promise.resolve();
      // The clock moves on, but no timer fires before the answer is there.
      const now = performance.now();
      vi.spyOn(performance, "now").mockReturnValue(now + 101);
      return GOOD;
    };
    expect(await wrap({ predict, timeLimitMs: 100 }).predict(row)).toMatchObject({ reason: "timeout", latencyMs: 101 });
    vi.restoreAllMocks();
  });

  test("close waits for a call within its limit, but not for an overdue one", async () => {
    vi.useFakeTimers();
    const { model } = deferred();
    const prediction = model.predict(row);
    let isClosed = false;
    const closed = model.close().then(() => {
      isClosed = true;
    });
    await vi.advanceTimersByTimeAsync(99);
    expect(isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await closed;
    expect(reasonOf(await prediction)).toBe("timeout");
    expect(reasonOf(await model.predict(row))).toBe("closed");
  });
});

describe("refuses invalid options", () => {
  test.each<[Partial<FailClosedOptions<Label>>, string]>([
    [{ name: "" }, 'name must be letters, digits and ._:/@+-, not "".'],
    [{ name: "__proto__" }, "name must be"],
    [{ labels: ["BUY"] }, "labels must be different names, at least 2"],
    [{ labels: ["BUY", "BUY"] }, "labels must be different names"],
    [{ features: [] }, "features must be different names, at least 1"],
    [{ features: ["a", ""] }, "features must be different names"],
    [{ rows: 0 }, "rows must be a whole number, at least 1, not 0."],
    [{ rows: 1.5 }, "not 1.5."],
    [{ maxSymbols: Number.NaN }, "maxSymbols must be a whole number, at least 1, not NaN."],
    [{ timeLimitMs: 0 }, "timeLimitMs must be a number of milliseconds above 0 and at most 2147483647, not 0."],
    [{ timeLimitMs: Number.NaN }, "not NaN."],
    [{ timeLimitMs: Infinity }, "not Infinity."],
    [{ degeneracy: { window: 0 } }, "degeneracy.window is 0; it must be a whole number"],
    [{ degeneracy: { share: Number.NaN } }, "degeneracy.share is NaN; it must be a number from 0 to below 1."],
    [
      { degeneracy: { recovered: { share: 0.5, std: Number.NaN } } },
      "degeneracy.recovered.std is NaN; it must be a number above 0",
    ],
  ])("%j", (given, message) => {
    expect(() => wrap(given)).toThrow(message);
  });
});
