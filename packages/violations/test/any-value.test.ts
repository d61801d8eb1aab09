import { QscError, type Intent, type ModelReading } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allLabels,
  compilePolicy,
  DEFAULT_POLICY,
  DegeneracyDetector,
  describeFinding,
  DuplicateFilter,
  endsAtOnce,
  SequentialMonitor,
  FeatureCard,
  haveInCommon,
  isAgainst,
  judgeFeatures,
  judgeIntegrity,
  judgeModel,
  judgePredictions,
  judgeTelemetry,
  limitOf,
  modelStats,
  parseFeatureManifest,
  parsePolicy,
  Sample,
  say,
  Scorecard,
  TelemetryCard,
  verdictOf,
  type DegeneracyOptions,
  type PlainPrediction,
  type TelemetryContext,
} from "../src/index.js";
import { context, intent, prediction, scorecard, withLimits } from "./support.js";
import { frozen, baseline } from "./support-options.js";

describe("any value of any type", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const number = fc.oneof(
    fc.double(),
    fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 0, -0, 0.5, 1, 2 ** 53, 1e300),
  );
  const value = fc.oneof(anything, number, fc.constantFrom("", "0", "NaN", null, undefined, true, Symbol("s")));
  const coded = (thrown: unknown): void => {
    if (!(thrown instanceof QscError) && (thrown as Error | undefined)?.name !== "StatsError") throw thrown;
  };
  /** Runs code that may return a result or throw a coded error, but nothing else. */
  const answers = async <T>(run: () => T): Promise<Awaited<T> | null> => {
    try {
      return await run();
    } catch (thrown) {
      coded(thrown);
      return null;
    }
  };

  test("in an option never makes a frozen model pass", async () => {
    const keys = ["minEvents", "labels", "model", "policy", "baseline"] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), value, async (key, given) => {
        const verdict = await answers(() => judgePredictions(frozen, { [key]: given }));
        expect(verdict?.verdict ?? "refused").not.toBe("pass");
      }),
      { numRuns: 500 },
    );
  });

  test("in place of any part of a policy never makes a frozen model pass", async () => {
    const limits = Object.keys(DEFAULT_POLICY.limits).filter((key) => /constant|narrow|confidence/.test(key));
    await fc.assert(
      fc.asyncProperty(fc.subarray(limits, { minLength: limits.length }), value, async (keys, given) => {
        const policy = withLimits(Object.fromEntries(keys.map((key) => [key, given as number])));
        const verdict = await answers(() => judgePredictions(frozen, { policy }));
        // A number, 0 or more, is a limit. 0, or less than the smallest deviation, allows everything, as documented.
        if (typeof given === "number" && given >= 0 && given <= 1) return;
        expect(verdict).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test("in a prediction is refused or judged, and never passes if it is not an answer", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("label", "confidence", "latencyMs"), value, async (key, given) => {
        const verdict = await answers(() =>
          judgePredictions(frozen.map((each) => ({ ...each, [key]: given })) as PlainPrediction[]),
        );
        expect(verdict?.verdict ?? "refused").not.toBe("pass");
      }),
      { numRuns: 300 },
    );
  });

  test("never makes a detector that calls a constant output healthy", async () => {
    const constant = async (options: unknown): Promise<string> => {
      const detector = await answers(() => new DegeneracyDetector(options as DegeneracyOptions));
      let state = detector === null ? "refused" : "warming_up";
      for (let index = 0; detector !== null && index < 300; index += 1) state = detector.observe("BUY", 0.6);
      return state;
    };
    const keys = ["window", "share", "std", "recovered"] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), value, async (key, given) => {
        // A window is kept in memory and scanned, so long ones are left out.
        if (key === "window" && typeof given === "number" && given > 300) return;
        expect(await constant({ [key]: given })).not.toBe("healthy");
      }),
      { numRuns: 500 },
    );
    await fc.assert(
      fc.asyncProperty(value, value, async (share, std) => {
        expect(await constant({ recovered: { share, std } })).not.toBe("healthy");
      }),
      { numRuns: 300 },
    );
  });

  test("gets an answer or a coded refusal from every function", async () => {
    const card = new TelemetryCard(DEFAULT_POLICY);
    const compiled = await compilePolicy(DEFAULT_POLICY);
    const features = new FeatureCard();
    const functions: readonly ((...given: never[]) => unknown)[] = [
      allLabels,
      compilePolicy,
      describeFinding,
      endsAtOnce,
      haveInCommon,
      isAgainst,
      judgeFeatures,
      judgeIntegrity,
      judgeModel,
      judgePredictions,
      judgeTelemetry,
      limitOf,
      modelStats,
      parseFeatureManifest,
      parsePolicy,
      say,
      verdictOf,
      (...given) => new DegeneracyDetector(...given),
      (...given) => new DegeneracyDetector().observe(...(given as unknown as [string, number])),
      (...given) => new DuplicateFilter(...given),
      (...given) => new DuplicateFilter().see(...(given as unknown as [string, string])),
      (...given) => new SequentialMonitor(...(given as unknown as [never])),
      (...given) => SequentialMonitor.restore(...(given as unknown as [never, never])),
      (...given) =>
        new SequentialMonitor({ policy: DEFAULT_POLICY, models: ["m"] }).take(...(given as unknown as [never])),
      (...given) => new FeatureCard(...given),
      (...given) => {
        new FeatureCard().add(...(given as unknown as [never]));
      },
      (...given) => {
        new FeatureCard().merge(...(given as unknown as [never]));
      },
      (...given) => judgeFeatures(features, ...(given as unknown as [never])),
      (...given) => judgeIntegrity(card, ...(given as unknown as [never, never])),
      (...given) => judgeTelemetry(card, ...(given as unknown as [never, never])),
      (...given) => judgeTelemetry(card, compiled, ...(given as unknown as [never])),
      (...given) => judgeModel(scorecard([]), ...(given as unknown as [never])),
      (...given) => new Sample(...given),
      (...given) => Sample.from(...(given as unknown as [never, never])),
      (...given) => {
        new Sample().add(...(given as unknown as [number]));
      },
      (...given) => {
        new Sample().merge(...(given as unknown as [Sample]));
      },
      (...given) => new Sample().quantile(...(given as unknown as [number])),
      (...given) => new Sample().atRank(...(given as unknown as [number])),
      (...given) => new Sample().quantileInterval(...(given as unknown as [number, number])),
      (...given) => new Sample().stdInterval(...(given as unknown as [number])),
      (...given) => new Scorecard(...(given as unknown as [string, never])),
      (...given) => {
        scorecard([]).add(...(given as unknown as [ModelReading, string]));
      },
      (...given) => {
        scorecard([]).take(...(given as unknown as [never]));
      },
      (...given) => {
        scorecard([]).merge(...(given as unknown as [never]));
      },
      (...given) => new TelemetryCard(...(given as unknown as [never])),
      (...given) => {
        new TelemetryCard(DEFAULT_POLICY).add(...(given as unknown as [Intent]));
      },
      (...given) => {
        new TelemetryCard(DEFAULT_POLICY).addDuplicate(...(given as unknown as [Intent, boolean]));
      },
      (...given) => {
        new TelemetryCard(DEFAULT_POLICY).addIdConflict(...(given as unknown as [Intent]));
      },
      (...given) => {
        new TelemetryCard(DEFAULT_POLICY).reject(...(given as unknown as [never]));
      },
      (...given) => {
        new TelemetryCard(DEFAULT_POLICY).take(...(given as unknown as [never]));
      },
      (...given) => {
        new TelemetryCard(DEFAULT_POLICY).merge(...(given as unknown as [never]));
      },
      (...given) => new TelemetryCard(DEFAULT_POLICY).scorecardOf(...(given as unknown as [string])),
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...functions), fc.array(value, { maxLength: 4 }), async (call, given) => {
        await answers(() => call(...(given as never[])));
      }),
      { numRuns: 4000 },
    );
  });

  /** A copy with one part, at any depth, replaced. */
  const replaced = (whole: unknown, path: readonly number[], by: unknown): unknown => {
    const [at, ...rest] = path;
    if (at === undefined || typeof whole !== "object" || whole === null || ArrayBuffer.isView(whole)) return by;
    if (Array.isArray(whole))
      return whole.length === 0
        ? by
        : whole.map((each, index) => (index === at % whole.length ? replaced(each, rest, by) : (each as unknown)));
    const keys = Object.keys(whole);
    const key = keys[at % Math.max(1, keys.length)];
    return key === undefined ? by : { ...whole, [key]: replaced((whole as Record<string, unknown>)[key], rest, by) };
  };

  test("in any part of a state, a reading or a context gets an answer or a coded refusal", async () => {
    const reading = prediction({ latencyMs: 5, artifactSha256: "ab".repeat(32) });
    const event = intent(1, [reading], {
      engine: { build: "b", bootId: "1", weights: new Map([["m", 1]]), canary: null },
      features: [{ model: null, values: new Map([["a", 1]]) }],
    });
    const card = new TelemetryCard(DEFAULT_POLICY);
    card.add(event);
    card.reject({ id: null, reason: "not_json" as never, place: "line 1", detail: "x" });
    const telemetry: TelemetryContext = {
      asOfMs: 2_000_000,
      nowMs: 2_000_000,
      sinceMs: null,
      sourceClockOffsetMs: { low: 0, high: 0 },
      gaps: ["a gap"],
      minEvents: 1,
      expectedWeights: { m: 1 },
    };
    const compiled = await compilePolicy(DEFAULT_POLICY);
    const watch = new SequentialMonitor({ policy: DEFAULT_POLICY, models: ["m"] });
    watch.take([reading]);
    const finding = watch.findings()[0];
    const calls: readonly (readonly [unknown, (given: never) => unknown])[] = [
      [
        card.state(),
        (given) => {
          new TelemetryCard(DEFAULT_POLICY).take(given);
        },
      ],
      [
        card.scorecardOf("m").state(),
        (given) => {
          scorecard([]).take(given);
        },
      ],
      [
        reading,
        (given) => {
          scorecard([]).add(given, "0-1");
        },
      ],
      [
        event,
        (given) => {
          new TelemetryCard(DEFAULT_POLICY).add(given);
        },
      ],
      [
        event,
        (given) => {
          new FeatureCard().add(given);
        },
      ],
      [telemetry, (given) => judgeIntegrity(card, given, DEFAULT_POLICY)],
      [telemetry, (given) => judgeTelemetry(card, compiled, given)],
      [DEFAULT_POLICY, (given) => judgeIntegrity(card, telemetry, given)],
      [DEFAULT_POLICY, (given) => compilePolicy(given)],
      [DEFAULT_POLICY, (given) => new TelemetryCard(given)],
      [DEFAULT_POLICY, (given) => new SequentialMonitor({ policy: given, models: ["m"] })],
      [context({ baseline }), (given) => judgeModel(scorecard([{}]), given)],
      [
        { policy: DEFAULT_POLICY, manifest: null, version1: false, rejected: 0 },
        (given) => judgeFeatures(new FeatureCard(), given),
      ],
      [[reading], (given) => watch.take(given)],
      [watch.state(), (given) => SequentialMonitor.restore({ policy: DEFAULT_POLICY, models: ["m"] }, given)],
      [finding, (given) => describeFinding(given)],
      [judgeModel(scorecard([{}]), context()).checks, (given) => verdictOf(given)],
      [
        { features: ["a"], reference: { a: { edges: [0, 1], counts: [1, 2, 3] } } },
        (given) => parseFeatureManifest(JSON.stringify(given), "m.json"),
      ],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...calls),
        fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }),
        value,
        async ([whole, call], path, by) => {
          // JSON has no bigint: that would be the test's own fault.
          if (typeof by === "bigint" || (typeof by === "object" && by !== null)) return;
          await answers(() => call(replaced(whole, path, by) as never));
        },
      ),
      { numRuns: 4000 },
    );
  });
});
