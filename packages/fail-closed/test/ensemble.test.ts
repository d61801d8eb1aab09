import { temporaryDirectory } from "@qsc-tooling/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createEnsemble,
  failClosed,
  loadModel,
  type Answer,
  type EnsembleOptions,
  type FailClosedModel,
  type FailClosedOptions,
  type ModelErrorCode,
  type Runtime,
} from "../src/index.js";
import { install } from "./support/files.js";

const LABELS = ["BUY", "SELL", "HOLD"] as const;
type Label = (typeof LABELS)[number];
const GOOD: Answer = { label: "BUY", confidence: 0.5 };
const row = { symbol: "BTC", features: { x: 1 } };

const hangs = (): Promise<never> => new Promise(() => undefined);
const model = (name: string, answer: () => unknown = () => GOOD) =>
  failClosed({
    name,
    labels: LABELS,
    features: ["x"],
    timeLimitMs: answer === hangs ? 1 : 60_000,
    predict: () => answer() as Answer,
  });

const wrapped = (name: string, given: Partial<FailClosedOptions<Label>>) =>
  Promise.resolve(
    failClosed({ name, labels: LABELS, features: ["x"], timeLimitMs: 60_000, predict: () => GOOD, ...given }),
  );
const answers = (answer: () => unknown) => (name: string) => Promise.resolve(model(name, answer));
/** A model from valid files, except for the given overrides, with a runtime that opens anything but garbage. */
const loaded =
  (manifest: Readonly<Record<string, unknown>>, open: Runtime["open"] = opens) =>
  async (name: string) => {
    await using directory = await temporaryDirectory();
    const path = await install(directory.path, "tabular", { name, ...manifest });
    return (await loadModel(path, { name, runtime: { kind: "onnx", open } })) as FailClosedModel<Label>;
  };
const opens: Runtime["open"] = () =>
  Promise.resolve({ inputShape: null, labelCount: null, predict: () => GOOD, close: () => Promise.resolve() });

/** Ways in which a model can fail, each with the reason for being inactive. */
const FAILURES: readonly (readonly [ModelErrorCode, (name: string) => Promise<FailClosedModel<Label>>])[] = [
  [
    "predict_failed",
    answers(() => {
      throw new Error("broken");
    }),
  ],
  ["predict_failed", answers(() => Promise.reject(new Error("broken")))],
  ["timeout", answers(hangs)],
  ["output_invalid", answers(() => null)],
  ["output_invalid", answers(() => ({ label: "HODL", confidence: 0.5 }))],
  ["output_invalid", answers(() => ({ label: "BUY", confidence: Number.NaN }))],
  ["input_missing", (name) => wrapped(name, { features: ["y"] })],
  ["insufficient_history", (name) => wrapped(name, { rows: 2 })],
  ["degenerate_output", (name) => wrapped(name, { degeneracy: { window: 1 } })],
  ["manifest_invalid", loaded({ labels: [] })],
  ["model_missing", loaded({ file: "nowhere.onnx" })],
  ["hash_mismatch", loaded({ sha256: "0".repeat(64) })],
  ["model_corrupt", loaded({}, () => Promise.reject(new Error("no model")))],
  ["dimension_mismatch", loaded({}, async (...given) => ({ ...(await opens(...given)), labelCount: 2 }))],
];

describe("an ensemble", () => {
  const member = fc.record({
    share: fc.integer({ min: 0, max: 20 }),
    label: fc.constantFrom(...LABELS),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    failure: fc.option(fc.nat(FAILURES.length - 1)),
  });

  test("decides as its surviving models alone would", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(member, { minLength: 1, maxLength: 6 }), fc.nat(5), async (members, asked) => {
        const whole = members.reduce((sum, { share }) => sum + share, 0);
        fc.pre(whole > 0);
        const quorum = 1 + (asked % members.length);
        const models = await Promise.all(
          members.map(({ label, confidence, failure }, at) =>
            (failure === null ? answers(() => ({ label, confidence })) : FAILURES[failure]![1])(`m${at}`),
          ),
        );
        const weights = new Map(members.map(({ share }, at) => [`m${at}`, share / whole]));
        const { predictions, decision } = await createEnsemble({ models, weights, quorum }).decide(row);
        expect(predictions.map((each) => (each.status === "active" ? null : each.reason))).toEqual(
          members.map(({ failure }) => (failure === null ? null : FAILURES[failure]![0])),
        );

        // Ask the same of an ensemble that never had the other models.
        const survivors = members.flatMap(({ share, failure, ...answer }, at) =>
          failure === null && share > 0 ? [{ share, ...answer, name: `m${at}` }] : [],
        );
        if (survivors.length < quorum) {
          expect(decision).toMatchObject({ kind: "no_decision", active: survivors.length });
          return;
        }
        const left = survivors.reduce((sum, { share }) => sum + share, 0);
        const score = (label: Label) =>
          survivors
            .filter((one) => one.label === label)
            .reduce((sum, { share, confidence }) => sum + (share / left) * confidence, 0);
        const [best, second] = LABELS.filter((label) => survivors.some((one) => one.label === label)).sort(
          (a, b) => score(b) - score(a),
        );
        const gap = second === undefined ? Infinity : score(best!) - score(second);
        fc.pre(gap === 0 || gap > 1e-11);
        if (gap === 0) expect(decision).toMatchObject({ kind: "no_decision", reason: "tie" });
        else {
          expect(decision).toMatchObject({
            kind: "decision",
            action: best,
            confidence: expect.closeTo(score(best!), 9),
            active: survivors.length,
            total: members.length,
          });
          const renormalised = decision.kind === "decision" ? [...decision.weights] : [];
          expect(renormalised).toEqual(survivors.map(({ name, share }) => [name, expect.closeTo(share / left, 9)]));
        }
      }),
      { numRuns: 200 },
    );
  });

  test("says how many would vote now", async () => {
    let broken = false;
    const models = [model("a", () => (broken ? null : GOOD)), model("b"), model("shadow")];
    const ensemble = createEnsemble({
      models,
      weights: new Map([
        ["a", 0.5],
        ["b", 0.5],
        ["shadow", 0],
      ]),
      quorum: 2,
    });
    expect(ensemble).toMatchObject({ activeCount: 2, hasQuorum: true, quorum: 2 });
    broken = true;
    expect((await ensemble.decide(row)).decision).toEqual({
      kind: "no_decision",
      reason: "below_quorum",
      active: 1,
      quorum: 2,
      total: 3,
    });
    expect(ensemble).toMatchObject({ activeCount: 1, hasQuorum: false });
    expect((await ensemble.reload()).get("a")).toEqual({ status: "active" });
    await ensemble.close();
    expect(
      (await ensemble.decide(row)).predictions.every(
        (prediction) => prediction.status === "inactive" && prediction.reason === "closed",
      ),
    ).toBe(true);
  });

  test("warms up every history", async () => {
    const models = ["a", "b"].map((name) =>
      failClosed({ name, labels: LABELS, features: ["x"], rows: 3, predict: () => GOOD }),
    );
    const ensemble = createEnsemble({
      models,
      weights: new Map([
        ["a", 0.5],
        ["b", 0.5],
      ]),
      quorum: 2,
    });
    ensemble.remember(row);
    ensemble.remember(row);
    expect((await ensemble.decide(row)).decision).toMatchObject({ kind: "decision", action: "BUY" });
  });

  describe("whose models have other labels", () => {
    const labelled = (name: string, labels: readonly string[], label = labels[0]!) =>
      failClosed({ name, labels, features: ["x"], predict: () => ({ label, confidence: 0.5 }) });
    const make = (...models: FailClosedModel[]) =>
      createEnsemble({
        models,
        weights: new Map(models.map(({ name }, _, { length }) => [name, 1 / length])),
        quorum: 1,
      });

    test.each<[readonly string[], string]>([
      [["BUY", "SELL"], "'a' has 'BUY', 'SELL', 'HOLD', 'b' has 'BUY', 'SELL'."],
      [["buy", "SELL", "HOLD"], "'b' has 'buy', 'SELL', 'HOLD', and some differ only in case, spaces or Unicode form."],
      [["BUY ", "SELL", "HOLD"], "and some differ only in case, spaces or Unicode form."],
      [["up", "down", "flat"], "'b' has 'up', 'down', 'flat'."],
    ])("%j is refused", (labels, message) => {
      expect(() => make(labelled("a", LABELS), labelled("b", labels))).toThrow(
        expect.objectContaining({
          code: "invalid_option",
          message: expect.stringMatching(/^Models of an ensemble need the same labels: 'a' has /),
        }),
      );
      expect(() => make(labelled("a", LABELS), labelled("b", labels))).toThrow(message);
    });

    test("in another Unicode form is refused", () => {
      const [composed, decomposed] = ["NFC", "NFD"].map((form) =>
        ["Künfe", "Halte"].map((label) => label.normalize(form)),
      );
      expect(() => make(labelled("a", composed!), labelled("b", decomposed!))).toThrow(
        "and some differ only in case, spaces or Unicode form.",
      );
    });

    test("in another order is made", async () => {
      const ensemble = make(labelled("a", LABELS, "BUY"), labelled("b", [...LABELS].reverse(), "BUY"));
      expect((await ensemble.decide(row)).decision).toMatchObject({ kind: "decision", action: "BUY", active: 2 });
    });

    test("stop a reloaded model from voting, and it says why", async () => {
      await using directory = await temporaryDirectory();
      const path = await install(directory.path, "tabular", {
        labels: LABELS,
        input: { shape: [1, 1] },
        features: ["x"],
      });
      const loadedModel = await loadModel(path, { name: "xgb", runtime: { kind: "onnx", open: opens } });
      const ensemble = make(model("a"), loadedModel);
      expect(ensemble).toMatchObject({ activeCount: 2 });
      await install(directory.path, "tabular", { labels: ["BUY", "SELL"], input: { shape: [1, 1] }, features: ["x"] });
      await ensemble.reload();
      expect(ensemble).toMatchObject({ activeCount: 1 });
      const { predictions, decision } = await ensemble.decide(row);
      expect(predictions[1]).toMatchObject({
        status: "inactive",
        reason: "output_invalid",
        error: { message: "Labels are not the ensemble's: 'a' has 'BUY', 'SELL', 'HOLD', 'xgb' has 'BUY', 'SELL'" },
      });
      expect(decision).toMatchObject({ kind: "decision", active: 1, total: 2 });
    });
  });

  test("drops a third-party model from the vote when it throws or gives an answer that cannot vote", async () => {
    const { artifactSha256, fileSha256, manifestSha256 } = model("b");
    const hashes = { artifactSha256, fileSha256, manifestSha256 };
    const nothing = () => undefined;
    const faulty = (predict: () => unknown) =>
      ({
        name: "b",
        title: "b",
        labels: LABELS,
        features: ["x"],
        rows: 1,
        ...hashes,
        state: { status: "active" },
        predict,
        remember: nothing,
        reload: nothing,
        close: nothing,
      }) as unknown as FailClosedModel<Label>;
    const answer = { status: "active", model: "b", action: "BUY", confidence: 0.5 };
    for (const [predict, reason] of [
      [
        () => {
          throw new Error("broken");
        },
        "predict_failed",
      ],
      [() => Promise.reject(new Error("broken")), "predict_failed"],
      [() => null, "output_invalid"],
      [() => ({ ...answer, confidence: Number.NaN }), "output_invalid"],
      [() => ({ ...answer, action: "HODL" }), "output_invalid"],
      [() => ({ ...answer, model: "c" }), "output_invalid"],
      [() => ({ ...answer, model: "c", status: "inactive", reason: "timeout" }), "timeout"],
    ] as const) {
      const ensemble = createEnsemble({
        models: [model("a"), faulty(predict)],
        weights: new Map([
          ["a", 0.5],
          ["b", 0.5],
        ]),
        quorum: 1,
      });
      const { predictions, decision } = await ensemble.decide(row);
      expect(predictions[1]).toMatchObject({ status: "inactive", model: "b", reason });
      expect(decision).toMatchObject({ kind: "decision", action: "BUY", active: 1, total: 2 });
    }
  });

  test.each<[Partial<EnsembleOptions<Label>>, string]>([
    [{ quorum: 0 }, "quorum must be a whole number, at least 1, not 0."],
    [{ quorum: 3 }, "quorum must be at most 2, the number of models, not 3."],
    [{ quorum: 1.5 }, "not 1.5."],
    [{ models: [] }, "quorum must be at most 0"],
    [{ models: [model("a"), model("a")] }, "Two models are called a: each needs a name of its own."],
    [
      { weights: new Map([["a", 1]]) },
      "Weights of the ensemble: 'b' is missing; write 0 for a model that shall not vote.",
    ],
    [
      {
        weights: new Map([
          ["a", 0.5],
          ["b", 0.6],
        ]),
      },
      "sum up to 1.1, not 1.",
    ],
  ])("refuses invalid arguments (%#)", (given, message) => {
    const weights = new Map([
      ["a", 0.5],
      ["b", 0.5],
    ]);
    expect(() => createEnsemble({ models: [model("a"), model("b")], weights, quorum: 1, ...given })).toThrow(message);
  });
});
