import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { QscError, type EntryId, type Intent, type ModelReading, type Policy } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allLabels,
  CHECKS,
  compilePolicy,
  DEFAULT_LABELS,
  DEFAULT_POLICY,
  DegeneracyDetector,
  describeFinding,
  DuplicateFilter,
  endsAtOnce,
  EvidenceWatch,
  FeatureCard,
  haveInCommon,
  isAgainst,
  judgeFeatures,
  judgeIntegrity,
  judgeModel,
  judgePredictions,
  judgeTelemetry,
  LIMIT_RULES,
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
  type FeatureManifest,
  type PlainPrediction,
  type PredictionOptions,
  type TelemetryContext,
} from "../src/index.js";
import { BUILT_IN_CHECKS } from "../src/policy/built-in-checks.js";
import { context, intent, prediction, scorecard, withLimits } from "./support.js";

const invalid = (name: string) => expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(name) as string }) as unknown;
const refused = async (run: () => unknown, name: string): Promise<void> => {
  const thrown = await Promise.resolve().then(run).then(() => "nothing was thrown", (error: unknown) => error);
  expect(thrown).toEqual(invalid(name));
};

const LABELS = ["BUY", "SELL", "HOLD"];
const sound = (n: number): PlainPrediction[] => Array.from({ length: n }, (_, index) => ({ label: LABELS[index % 3] ?? null, confidence: 0.2 + (0.7 * ((index * 37) % n)) / n }));
const frozen = sound(300).map(({ label }) => ({ label, confidence: 0.615 }));
const NaNs: Policy = { ...DEFAULT_POLICY, limits: Object.fromEntries(Object.keys(DEFAULT_POLICY.limits).map((key) => [key, Number.NaN])) };
const without = (key: string): Policy => ({ ...DEFAULT_POLICY, limits: Object.fromEntries(Object.entries(DEFAULT_POLICY.limits).filter(([name]) => name !== key)) });
const baseline = { predictions: 1000, nonPredictions: 10, latencyP95Ms: 20 };

describe("plain predictions", () => {
  test.each<[string, string, unknown]>([
    ["minEvents", "options.minEvents is NaN; it must be a whole number from 0", { minEvents: Number.NaN }],
    ["minEvents below 0", "options.minEvents is -1", { minEvents: -1 }],
    ["half an event", "options.minEvents is 0.5", { minEvents: 0.5 }],
    ["minEvents as a text", 'options.minEvents is "200"', { minEvents: "200" }],
    ["minEvents beyond what a double counts", "options.minEvents is 9007199254740992", { minEvents: 2 ** 53 }],
    ["a misspelt option", 'options has the unknown key "minEvnts"; known keys are labels, model, policy, minEvents, baseline', { minEvnts: 500 }],
    ["options that are null", "options is null", null],
    ["limits that are NaN", 'options.policy.limits["constant_output.std"] is NaN', { policy: NaNs }],
    ["a misspelt limit", 'options.policy.limits has the unknown key "narrow_rnge.range"', { policy: withLimits({ "narrow_rnge.range": 0.3 }) }],
    ["a missing limit", 'options.policy.limits["narrow_range.range"] is undefined', { policy: without("narrow_range.range") }],
    ["a share in percent", 'options.policy.limits["action_bias.tradingShare"] is 95; it must be a number from 0 to 1', { policy: withLimits({ "action_bias.tradingShare": 95 }) }],
    ["a policy without limits", "options.policy.limits is undefined", { policy: {} }],
    ["a baseline's latency", "options.baseline.latencyP95Ms is NaN", { baseline: { ...baseline, latencyP95Ms: Number.NaN } }],
    ["a baseline's predictions", "options.baseline.predictions is NaN", { baseline: { ...baseline, predictions: Number.NaN } }],
    ["a baseline's non-predictions", "options.baseline.nonPredictions is -1", { baseline: { ...baseline, nonPredictions: -1 } }],
    ["a baseline without a latency", "options.baseline.latencyP95Ms is undefined", { baseline: { predictions: 1, nonPredictions: 0 } }],
    ["labels that are no texts", "options.labels.trading[1] is 2", { labels: { trading: ["a", 2], neutral: [] } }],
    ["labels named twice", 'a label of options.labels is "a"; it must be named once', { labels: { trading: ["a"], neutral: ["a"] } }],
    ["no labels", "options.labels.trading is a list of 0", { labels: { trading: [], neutral: ["HOLD"] } }],
    ["labels of one kind", "options.labels.neutral is undefined", { labels: { trading: ["a"] } }],
    ["a model without a name", 'options.model is ""', { model: "" }],
    ["a check under a reserved name", 'options.policy.checks[0].id is "flat_features"', { policy: { ...DEFAULT_POLICY, checks: [{ id: "flat_features", violatedWhen: "std < 0" }] } }],
  ])("%s: refused", async (_, message, options) => {
    for (const predictions of [sound(300), frozen, sound(3)]) await refused(() => judgePredictions(predictions, options as PredictionOptions), message);
  });

  test.each([[7, "7"], [true, "true"], [undefined, "undefined"], [{}, "an object"]])("a label that is %j is named with its place", async (label, shown) => {
    const predictions = sound(300).map((each, index) => (index === 41 ? { ...each, label: label as unknown as string } : each));
    await refused(() => judgePredictions(predictions), `predictions[41].label is ${shown}; it must be a text, or null for no answer`);
  });

  test.each([null, undefined, 5, "BUYS", {}])("predictions that are %j are refused", async (predictions) => {
    await refused(() => judgePredictions(predictions as PlainPrediction[]), "predictions is");
  });

  test.each([null, undefined, 5, "BUY", [1]])("a prediction that is %j is refused", async (item) => {
    await refused(() => judgePredictions([...sound(299), item as unknown as PlainPrediction]), "predictions[299] is");
  });

  test("a minimum of 1 is a choice, and a laxer limit of one's own one too", async () => {
    const policy = withLimits({ "narrow_range.range": 0 });
    expect((await judgePredictions(sound(300), { policy, minEvents: 1, baseline })).verdict).toBe("pass");
  });
});

describe("any value of any type", () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withObjectString: true, withSet: true, withSparseArray: true, withTypedArray: true });
  const number = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 0, -0, 0.5, 1, 2 ** 53, 1e300));
  const value = fc.oneof(anything, number, fc.constantFrom("", "0", "NaN", null, undefined, true, Symbol("s")));
  const coded = (thrown: unknown): void => {
    if (!(thrown instanceof QscError) && (thrown as Error | undefined)?.name !== "StatsError") throw thrown;
  };
  /** Runs what may answer or refuse with a code, and nothing else. */
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
    await fc.assert(fc.asyncProperty(fc.constantFrom(...keys), value, async (key, given) => {
      const verdict = await answers(() => judgePredictions(frozen, { [key]: given }));
      expect(verdict?.verdict ?? "refused").not.toBe("pass");
    }), { numRuns: 500 });
  });

  test("in the place of any part of a policy never makes a frozen model pass", async () => {
    const limits = Object.keys(DEFAULT_POLICY.limits).filter((key) => /constant|narrow|confidence/.test(key));
    await fc.assert(fc.asyncProperty(fc.subarray(limits, { minLength: limits.length }), value, async (keys, given) => {
      const policy = withLimits(Object.fromEntries(keys.map((key) => [key, given as number])));
      const verdict = await answers(() => judgePredictions(frozen, { policy }));
      // A number from 0 on is a limit; 0 and less than the smallest deviation allow everything, as documented.
      if (typeof given === "number" && given >= 0 && given <= 1) return;
      expect(verdict).toBeNull();
    }), { numRuns: 300 });
  });

  test("in a prediction is refused or judged, and never passes where it is no answer", async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom("label", "confidence", "latencyMs"), value, async (key, given) => {
      const verdict = await answers(() => judgePredictions(frozen.map((each) => ({ ...each, [key]: given })) as PlainPrediction[]));
      expect(verdict?.verdict ?? "refused").not.toBe("pass");
    }), { numRuns: 300 });
  });

  test("never makes a detector that calls a constant output healthy", async () => {
    const constant = async (options: unknown): Promise<string> => {
      const detector = await answers(() => new DegeneracyDetector(options as DegeneracyOptions));
      let state = detector === null ? "refused" : "warming_up";
      for (let index = 0; detector !== null && index < 300; index += 1) state = detector.observe("BUY", 0.6);
      return state;
    };
    const keys = ["window", "share", "std", "recovered"] as const;
    await fc.assert(fc.asyncProperty(fc.constantFrom(...keys), value, async (key, given) => {
      // A window is held in memory and scanned: a long one is a choice.
      if (key === "window" && typeof given === "number" && given > 300) return;
      expect(await constant({ [key]: given })).not.toBe("healthy");
    }), { numRuns: 500 });
    await fc.assert(fc.asyncProperty(value, value, async (share, std) => {
      expect(await constant({ recovered: { share, std } })).not.toBe("healthy");
    }), { numRuns: 300 });
  });

  test("is answered or refused with a code by every function", async () => {
    const card = new TelemetryCard(DEFAULT_POLICY);
    const compiled = await compilePolicy(DEFAULT_POLICY);
    const features = new FeatureCard();
    const functions: readonly ((...given: never[]) => unknown)[] = [
      allLabels, compilePolicy, describeFinding, endsAtOnce, haveInCommon, isAgainst, judgeFeatures, judgeIntegrity, judgeModel, judgePredictions, judgeTelemetry, limitOf,
      modelStats, parseFeatureManifest, parsePolicy, say, verdictOf,
      (...given) => new DegeneracyDetector(...given),
      (...given) => new DegeneracyDetector().observe(...(given as unknown as [string, number])),
      (...given) => new DuplicateFilter(...given),
      (...given) => new DuplicateFilter().see(...(given as unknown as [string, string])),
      (...given) => new EvidenceWatch(...(given as unknown as [never])),
      (...given) => EvidenceWatch.restore(...(given as unknown as [never, never])),
      (...given) => new EvidenceWatch({ policy: DEFAULT_POLICY, models: ["m"] }).take(...(given as unknown as [never])),
      (...given) => new FeatureCard(...given),
      (...given) => { new FeatureCard().add(...(given as unknown as [never])); },
      (...given) => { new FeatureCard().merge(...(given as unknown as [never])); },
      (...given) => judgeFeatures(features, ...(given as unknown as [never])),
      (...given) => judgeIntegrity(card, ...(given as unknown as [never, never])),
      (...given) => judgeTelemetry(card, ...(given as unknown as [never, never])),
      (...given) => judgeTelemetry(card, compiled, ...(given as unknown as [never])),
      (...given) => judgeModel(scorecard([]), ...(given as unknown as [never])),
      (...given) => new Sample(...given),
      (...given) => Sample.from(...(given as unknown as [never, never])),
      (...given) => { new Sample().add(...(given as unknown as [number])); },
      (...given) => { new Sample().merge(...(given as unknown as [Sample])); },
      (...given) => new Sample().quantile(...(given as unknown as [number])),
      (...given) => new Sample().atRank(...(given as unknown as [number])),
      (...given) => new Sample().quantileInterval(...(given as unknown as [number, number])),
      (...given) => new Sample().stdInterval(...(given as unknown as [number])),
      (...given) => new Scorecard(...(given as unknown as [string, never])),
      (...given) => { scorecard([]).add(...(given as unknown as [ModelReading, string])); },
      (...given) => { scorecard([]).take(...(given as unknown as [never])); },
      (...given) => { scorecard([]).merge(...(given as unknown as [never])); },
      (...given) => new TelemetryCard(...(given as unknown as [never])),
      (...given) => { new TelemetryCard(DEFAULT_POLICY).add(...(given as unknown as [Intent])); },
      (...given) => { new TelemetryCard(DEFAULT_POLICY).addDuplicate(...(given as unknown as [Intent, boolean])); },
      (...given) => { new TelemetryCard(DEFAULT_POLICY).addIdConflict(...(given as unknown as [Intent])); },
      (...given) => { new TelemetryCard(DEFAULT_POLICY).reject(...(given as unknown as [never])); },
      (...given) => { new TelemetryCard(DEFAULT_POLICY).take(...(given as unknown as [never])); },
      (...given) => { new TelemetryCard(DEFAULT_POLICY).merge(...(given as unknown as [never])); },
      (...given) => new TelemetryCard(DEFAULT_POLICY).scorecardOf(...(given as unknown as [string])),
    ];
    await fc.assert(fc.asyncProperty(fc.constantFrom(...functions), fc.array(value, { maxLength: 4 }), async (call, given) => {
      await answers(() => call(...(given as never[])));
    }), { numRuns: 4000 });
  });

  /** A copy with one part, at any depth, replaced. */
  const replaced = (whole: unknown, path: readonly number[], by: unknown): unknown => {
    const [at, ...rest] = path;
    if (at === undefined || typeof whole !== "object" || whole === null || ArrayBuffer.isView(whole)) return by;
    if (Array.isArray(whole)) return whole.length === 0 ? by : whole.map((each, index) => (index === at % whole.length ? replaced(each, rest, by) : (each as unknown)));
    const keys = Object.keys(whole);
    const key = keys[at % Math.max(1, keys.length)];
    return key === undefined ? by : { ...whole, [key]: replaced((whole as Record<string, unknown>)[key], rest, by) };
  };

  test("in any part of a state, a reading or a context is answered or refused with a code", async () => {
    const reading = prediction({ latencyMs: 5, artifactSha256: "ab".repeat(32) });
    const event = intent(1, [reading], { engine: { build: "b", bootId: "1", weights: new Map([["m", 1]]), canary: null }, features: [{ model: null, values: new Map([["a", 1]]) }] });
    const card = new TelemetryCard(DEFAULT_POLICY);
    card.add(event);
    card.reject({ id: null, reason: "not_json" as never, place: "line 1", detail: "x" });
    const telemetry: TelemetryContext = { asOfMs: 2_000_000, nowMs: 2_000_000, sourceClockOffsetMs: 0, gaps: ["a gap"], minEvents: 1, expectedWeights: { m: 1 } };
    const compiled = await compilePolicy(DEFAULT_POLICY);
    const watch = new EvidenceWatch({ policy: DEFAULT_POLICY, models: ["m"] });
    watch.take([reading]);
    const finding = watch.findings()[0];
    const calls: readonly (readonly [unknown, (given: never) => unknown])[] = [
      [card.state(), (given) => { new TelemetryCard(DEFAULT_POLICY).take(given); }],
      [card.scorecardOf("m").state(), (given) => { scorecard([]).take(given); }],
      [reading, (given) => { scorecard([]).add(given, "0-1"); }],
      [event, (given) => { new TelemetryCard(DEFAULT_POLICY).add(given); }],
      [event, (given) => { new FeatureCard().add(given); }],
      [telemetry, (given) => judgeIntegrity(card, given, DEFAULT_POLICY)],
      [telemetry, (given) => judgeTelemetry(card, compiled, given)],
      [DEFAULT_POLICY, (given) => judgeIntegrity(card, telemetry, given)],
      [DEFAULT_POLICY, (given) => compilePolicy(given)],
      [DEFAULT_POLICY, (given) => new TelemetryCard(given)],
      [DEFAULT_POLICY, (given) => new EvidenceWatch({ policy: given, models: ["m"] })],
      [context({ baseline }), (given) => judgeModel(scorecard([{}]), given)],
      [{ policy: DEFAULT_POLICY, manifest: null, version1: false, rejected: 0 }, (given) => judgeFeatures(new FeatureCard(), given)],
      [[reading], (given) => watch.take(given)],
      [watch.state(), (given) => EvidenceWatch.restore({ policy: DEFAULT_POLICY, models: ["m"] }, given)],
      [finding, (given) => describeFinding(given)],
      [judgeModel(scorecard([{}]), context()).checks, (given) => verdictOf(given)],
      [{ features: ["a"], reference: { a: { edges: [0, 1], counts: [1, 2, 3] } } }, (given) => parseFeatureManifest(JSON.stringify(given), "m.json")],
    ];
    await fc.assert(fc.asyncProperty(fc.constantFrom(...calls), fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }), value, async ([whole, call], path, by) => {
      // JSON knows no bigint: that is the test's own call.
      if (typeof by === "bigint" || (typeof by === "object" && by !== null)) return;
      await answers(() => call(replaced(whole, path, by) as never));
    }), { numRuns: 4000 });
  });
});

describe("features", () => {
  const stuck = (): FeatureCard => {
    const card = new FeatureCard();
    for (let index = 0; index < 60; index += 1) card.add({ id: `${index + 1}-0` as EntryId, features: [{ model: null, values: new Map([["a", 0], ["b", 0]]) }], models: [] });
    return card;
  };
  const given = { policy: DEFAULT_POLICY, manifest: null, version1: false, rejected: 0 };

  test("without limits nothing is judged", async () => {
    await refused(() => judgeFeatures(stuck(), { ...given, policy: { ...DEFAULT_POLICY, limits: {} } }), '.limits["constant_output.std"] is undefined');
    await refused(() => judgeFeatures(stuck(), { ...given, policy: without("flat_features.share") }), '.limits["flat_features.share"] is undefined');
    await refused(() => judgeFeatures(stuck(), { ...given, policy: withLimits({ "flat_features.share": Number.NaN }) }), '.limits["flat_features.share"] is NaN');
    expect(verdictOf(judgeFeatures(stuck(), given).checks)).toBe("fail");
  });

  test("a count of rejected entries that is NaN hides nothing", async () => {
    await refused(() => judgeFeatures(stuck(), { ...given, rejected: Number.NaN }), "context.rejected is NaN");
  });

  test.each<[string, unknown, string]>([
    ["features that are no list", { features: "a", reference: new Map() }, "manifest.features is"],
    ["a reference that is a plain object", { features: ["a"], reference: {} }, "manifest.reference is an object; it must be a Map"],
    ["edges that are NaN", { features: ["a"], reference: new Map([["a", { edges: [Number.NaN], counts: [100, 100] }]]) }, "edges[0] is NaN"],
    ["edges that fall", { features: ["a"], reference: new Map([["a", { edges: [1, 0], counts: [100, 100, 100] }]]) }, "edges"],
    ["a count too few", { features: ["a"], reference: new Map([["a", { edges: [0, 1], counts: [100, 100] }]]) }, "counts"],
  ])("%s: refused", async (_, manifest, message) => {
    await refused(() => new FeatureCard(manifest as FeatureManifest), message);
    await refused(() => judgeFeatures(new FeatureCard(), { ...given, manifest: manifest as FeatureManifest }), message);
  });
});

describe("telemetry", () => {
  const telemetry: TelemetryContext = { asOfMs: 2_000_000, nowMs: 2_000_000, sourceClockOffsetMs: null, gaps: [], minEvents: 1 };

  test.each<[string, Partial<Record<keyof TelemetryContext, unknown>>]>([
    ["asOfMs", { asOfMs: Number.NaN }],
    ["nowMs", { nowMs: Number.NaN }],
    ["sourceClockOffsetMs", { sourceClockOffsetMs: Number.NaN }],
    ["gaps", { gaps: undefined }],
    ["minEvents", { minEvents: Number.NaN }],
    ["expectedWeights", { expectedWeights: { m: Number.NaN } }],
  ])("a context with another %s is refused", async (key, wrong) => {
    const card = new TelemetryCard(DEFAULT_POLICY);
    await refused(() => judgeIntegrity(card, { ...telemetry, ...wrong } as TelemetryContext, DEFAULT_POLICY), `context.${key}`);
    const compiled = await compilePolicy(DEFAULT_POLICY);
    await refused(() => judgeTelemetry(card, compiled, { ...telemetry, ...wrong } as TelemetryContext), `context.${key}`);
  });

  test("a card knows how long a silence may be", async () => {
    await refused(() => new TelemetryCard(without("telemetry_silence.maxAge")), 'limits["telemetry_silence.maxAge"] is undefined');
    await refused(() => new TelemetryCard(withLimits({ "telemetry_silence.maxAge": Number.NaN })), 'limits["telemetry_silence.maxAge"] is NaN');
  });

  test("a baseline that is none is refused", async () => {
    const compiled = await compilePolicy(DEFAULT_POLICY);
    const baselines = new Map([["m", { ...baseline, latencyP95Ms: Number.NaN }]]);
    await refused(() => judgeTelemetry(new TelemetryCard(DEFAULT_POLICY), compiled, telemetry, baselines), 'baselines.get("m").latencyP95Ms is NaN');
  });

  test("an answer that is no reading is named with its place", async () => {
    const readings: readonly [string, Partial<Record<keyof ModelReading, unknown>>][] = [["action", { action: 7 }], ["nonPrediction", { nonPrediction: undefined }], ["confidence", { confidence: "0.5" }], ["latencyMs", { latencyMs: "5" }], ["artifactSha256", { artifactSha256: 5 }]];
    for (const [key, wrong] of readings) await refused(() => { scorecard([wrong as Partial<ModelReading>]); }, `${key} of the answer at 0-0 is`);
  });

  test("a status that is none is not a pass", async () => {
    const [check] = judgeModel(scorecard([{}]), context()).checks;
    await refused(() => verdictOf([{ ...check, status: "vioaltion" } as never]), "checks[0].status is");
  });

  test("a rule of the watch that is none is refused", async () => {
    await refused(() => endsAtOnce("stict" as "strict", { id: "narrow_range", conditions: [] }), 'rule is "stict"');
  });
});

describe("limits", () => {
  test("the accessor never stands in for a limit that is not there", () => {
    for (const [key, { value }] of Object.entries(LIMIT_RULES)) {
      expect(limitOf(DEFAULT_POLICY, key)).toBe(value);
      for (const wrong of [undefined, null, Number.NaN, Infinity, -1, "0.1"]) {
        expect(() => limitOf(withLimits({ [key]: wrong as number }), key)).toThrow(invalid(key));
      }
    }
    expect(() => limitOf(DEFAULT_POLICY, "toString")).toThrow(invalid("toString"));
  });

  test("no limit has a default in the code", () => {
    for (const [file, text] of sources()) expect([file, /limits\[[^\]]*\]\s*\?\?/.exec(text)?.[0] ?? null]).toEqual([file, null]);
  });
});

describe("names of checks", () => {
  test("every id that a judge can emit is reserved", async () => {
    const emitted = new Set(CHECKS.map(({ id }) => id));
    for (const [, text] of sources()) for (const [, id = ""] of text.matchAll(/\b(?:result|never|unmeasured)\(\s*(?:card,\s*)?"([a-z_]+)"/g)) emitted.add(id);
    expect([...emitted]).toEqual(expect.arrayContaining(["flat_features", "feature_drift", "agreement", "insufficient_vectors", "stream_gap", "mixed_artifact"]));
    expect([...emitted].filter((id) => !BUILT_IN_CHECKS.has(id))).toEqual([]);
    for (const id of emitted) {
      await expect(parsePolicy(`checks: [{id: ${id}, violatedWhen: std < 1}]`, "p")).rejects.toThrow("is taken");
      await refused(() => compilePolicy({ ...DEFAULT_POLICY, checks: [{ id, violatedWhen: "std < 1" }] }), `policy.checks[0].id is "${id}"`);
    }
  });

  test("no two of one's own share one", async () => {
    const own = { id: "own", violatedWhen: "std < 1" };
    await refused(() => compilePolicy({ ...DEFAULT_POLICY, checks: [own, own] }), 'policy.checks[1].id is "own"');
  });
});

describe("degeneracy", () => {
  test.each<[string, unknown]>([
    ["options.share is 95; it must be a number from 0 to below 1", { share: 95 }],
    ["options.share is 1;", { share: 1 }],
    ["options.share is NaN", { share: Number.NaN }],
    ['options.std is "0.02%"', { std: "0.02%" }],
    ["options.std is 0;", { std: 0 }],
    ["options.std is NaN", { std: Number.NaN }],
    ["options.std is 2;", { std: 2 }],
    ["options.window is 0", { window: 0 }],
    ["options.window is 1.5", { window: 1.5 }],
    ["options.window is NaN", { window: Number.NaN }],
    ["options.recovered is null", { recovered: null }],
    ["options.recovered.std is undefined", { recovered: { share: 0.9 } }],
    ["options.recovered.share is 0.99; it must be at most options.share, 0.95", { recovered: { share: 0.99, std: 0.03 } }],
    ["options.recovered.std is 0.01; it must be at least options.std, 0.02", { recovered: { share: 0.9, std: 0.01 } }],
    ['options has the unknown key "shares"', { shares: 0.5 }],
    ['options.recovered has the unknown key "window"', { recovered: { share: 0.9, std: 0.03, window: 5 } }],
    ["options is false", false],
  ])("%s", async (message, options) => {
    await refused(() => new DegeneracyDetector(options as DegeneracyOptions), message);
  });

  test("a confidence or a label that is none is refused, and enters nothing", async () => {
    const detector = new DegeneracyDetector({ window: 2 });
    detector.observe("BUY", 0.6);
    for (const wrong of [Number.NaN, 73.2, -0.1, "0.6", null]) await refused(() => detector.observe("SELL", wrong as number), "confidence is");
    for (const wrong of [undefined, null, 5]) await refused(() => detector.observe(wrong as unknown as string, 0.6), "label is");
    expect(detector.recent?.n).toBe(1);
    expect(detector.observe("BUY", 0.6)).toBe("degenerate");
  });

  test("with stricter limits of one's own, it recovers at those", () => {
    const detector = new DegeneracyDetector({ window: 4, share: 0.5, std: 0.25 });
    for (let index = 0; index < 4; index += 1) detector.observe("BUY", 0.6);
    expect(detector.state).toBe("degenerate");
    for (let index = 0; index < 2; index += 1) detector.observe("SELL", 0.6);
    expect(detector.state).toBe("healthy");
  });
});

describe("evidence", () => {
  test("an answer of a model that is not watched is refused, and proves nothing", async () => {
    const watch = new EvidenceWatch({ policy: DEFAULT_POLICY, models: ["xgbost"] });
    await refused(() => watch.take([prediction({ model: "xgboost" })]), 'readings[0].model is "xgboost"; it must be one that is watched: xgbost');
    expect([watch.decisions, watch.conclusive()]).toEqual([0, []]);
  });

  test.each<[string, Record<string, unknown>]>([
    ["options.models is a list of 0", { models: [] }],
    ["options.models[0] is 5", { models: [5] }],
    ["options.alpha is NaN", { alpha: Number.NaN }],
    ["options.policy.limits", { policy: NaNs }],
    ["latencyP95Ms is NaN", { baselines: new Map([["m", { ...baseline, latencyP95Ms: Number.NaN }]]) }],
    ['options has the unknown key "aplha"', { aplha: 0.001 }],
  ])("%s", async (message, wrong) => {
    await refused(() => new EvidenceWatch({ policy: DEFAULT_POLICY, models: ["m"], ...wrong }), message);
  });
});

test("labels by default are a set like any other", () => {
  expect(allLabels(DEFAULT_LABELS)).toEqual(["BUY", "SELL", "HOLD"]);
});

/** The source of this package, file by file. */
function sources(): (readonly [file: string, text: string])[] {
  const root = join(import.meta.dirname, "../src");
  return readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts")).map((file) => [file, readFileSync(join(root, file), "utf8")] as const);
}
