import { WATCH_RULES, type CheckStatus, type ConditionResult, type ModelBaseline, type ModelReading } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHECKS, DEFAULT_POLICY, describeFinding, endsAtOnce, EvidenceWatch, FALSE_ALARM_BUDGET, type EvidenceOptions } from "../src/index.js";
import { prediction, withLimits } from "./support.js";

/** Seeded generator in [0, 1): mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const BASELINE: ModelBaseline = { predictions: 4990, nonPredictions: 10, latencyP95Ms: 40 };
const OPTIONS: EvidenceOptions = { policy: DEFAULT_POLICY, models: ["m"], baselines: new Map([["m", BASELINE]]) };

type Make = (random: () => number) => Partial<ModelReading>;

const healthy: Make = (random) => ({
  action: ["BUY", "SELL", "HOLD"][Math.floor(random() * 3)] ?? null,
  confidence: 0.2 + 0.7 * random(),
  latencyMs: 10 + 30 * random(),
});

/** How many answers it takes until a check is conclusive, of so many at most; and for which. */
function answersNeeded(make: Make, options: EvidenceOptions, most: number, seed: number): { readonly n: number; readonly checks: readonly string[] } {
  const random = seeded(seed);
  const watch = new EvidenceWatch(options);
  let n = 0;
  for (let isFound = false; n < most && !isFound; n += 1) isFound = watch.take([prediction(make(random))]);
  return { n, checks: watch.conclusive().map(({ check }) => check) };
}

const only = (make: Make, given: Partial<ModelReading>): Make => (random) => ({ ...make(random), ...given });

describe("evidence against a total fault is conclusive soon", () => {
  test.each<[string, Make, number]>([
    ["constant_output", only(healthy, { confidence: 0.615 }), 40],
    ["action_collapse", only(healthy, { action: "BUY" }), 40],
    ["action_collapse", only(healthy, { action: "HOLD" }), 40],
    ["narrow_range", (random) => ({ ...healthy(random), confidence: 0.6 + 0.04 * random() }), 105],
    ["error_rate_spike", only(healthy, { nonPrediction: "inactive: test" }), 30],
    ["latency_spike", only(healthy, { latencyMs: 500 }), 30],
    ["latency_spike", only(healthy, { latencyMs: { invalid: "NaN" } }), 30],
  ])("%s, seed 41", (check, make, most) => {
    const { n, checks } = answersNeeded(make, OPTIONS, 1000, 41);
    expect(n).toBeLessThanOrEqual(most);
    expect(check === "constant_output" ? ["confidence_collapse"] : [check]).toEqual(checks);
  });

  test("slow answers that never come two in a row, one in six: what a streak would allow after each delays it little", () => {
    let answers = -1;
    const make: Make = (random) => ({ ...healthy(random), latencyMs: (answers += 1) % 6 === 0 ? 500 : 20 });
    const { n, checks } = answersNeeded(make, OPTIONS, 1000, 48);
    expect(checks).toEqual(["latency_spike"]);
    expect(n).toBeLessThanOrEqual(110);
  });

  test("one label beyond 85 % is conclusive for action_bias and dead_zone as well, a little later", () => {
    for (const [label, check] of [["SELL", "action_bias"], ["HOLD", "dead_zone"]] as const) {
      const random = seeded(42);
      const watch = new EvidenceWatch(OPTIONS);
      for (let n = 0; n < 120; n += 1) watch.take([prediction({ ...healthy(random), action: label })]);
      expect(watch.conclusive().map((finding) => finding.check)).toEqual([check, "action_collapse"]);
    }
  });

  test("a std below the limit with a wide range is found at last: no other check sees it", () => {
    const make: Make = (random) => ({ ...healthy(random), confidence: 0.6 + (random() < 0.26 ? (random() < 0.5 ? -0.063 : 0.063) : 0.004 * random()) });
    const { n, checks } = answersNeeded(make, OPTIONS, 6000, 43);
    expect(n).toBeLessThan(6000);
    expect(checks).toEqual(["confidence_collapse"]);
  });

  test("a constant output is conclusive for its own check too", () => {
    const watch = new EvidenceWatch(OPTIONS);
    for (let n = 0; n < 150; n += 1) watch.take([prediction({ confidence: 0.615, action: ["BUY", "SELL", "HOLD"][n % 3] ?? null })]);
    expect(watch.conclusive().map(({ check }) => check)).toEqual(["constant_output", "narrow_range", "confidence_collapse"]);
  });
});

describe("evidence does not accuse what is legal", () => {
  const LEGAL: readonly (readonly [string, Make])[] = [
    ["a healthy model", healthy],
    ["exactly 70 % of one label", (random) => ({ ...healthy(random), action: random() < 0.7 ? "BUY" : "SELL" })],
    ["89 % of the confidences close together, and 11 % far above", (random) => ({ ...healthy(random), confidence: random() < 0.89 ? 0.5 + 0.01 * random() : 0.9 })],
    ["one value half of the time", (random) => ({ ...healthy(random), confidence: random() < 0.5 ? 0.5 : 0.2 + 0.7 * random() })],
    ["a slow answer in twenty", (random) => ({ ...healthy(random), latencyMs: random() < 0.05 ? 900 : 20 })],
  ];

  test.each(LEGAL)("%s: at most alpha of the watches, seed 44", (_, make) => {
    const alpha = 0.1;
    const WATCHES = 25;
    let alarms = 0;
    for (let watch = 0; watch < WATCHES; watch += 1) if (answersNeeded(make, { ...OPTIONS, alpha }, 800, 44 + watch).checks.length > 0) alarms += 1;
    expect(alarms).toBeLessThanOrEqual(alpha * WATCHES + 3 * Math.sqrt(alpha * WATCHES));
  });

  test("values that repeat in short runs, and failures that come in short streaks: seed 45", () => {
    const random = seeded(45);
    let last = 0.5;
    let failed = false;
    const make: Make = () => {
      if (random() > 0.6) last = 0.2 + 0.7 * random();
      failed = random() < (failed ? 0.4 : 0.01);
      return { ...healthy(random), confidence: last, nonPrediction: failed ? "inactive: outage" : null };
    };
    expect(answersNeeded(make, { policy: DEFAULT_POLICY, models: ["m"] }, 2500, 45).checks).toEqual([]);
  });

  test("thresholds spend the budget, and no more, over all models and checks", () => {
    const models = ["a", "b", "c", "d"];
    const spent = new EvidenceWatch({ ...OPTIONS, models }).findings().reduce((sum, { threshold }) => sum + 10 ** -threshold, 0);
    expect(spent).toBeLessThanOrEqual(FALSE_ALARM_BUDGET);
    expect(spent).toBeGreaterThan(0.89 * FALSE_ALARM_BUDGET);
  });
});

describe("the policy is respected", () => {
  const sixty = only(healthy, { action: "BUY" });

  test("a tighter limit is refuted sooner; nothing is refuted of a limit that allows all", () => {
    const tight = answersNeeded(sixty, { ...OPTIONS, policy: withLimits({ "action_collapse.largestShare": 0.4 }) }, 500, 46);
    const usual = answersNeeded(sixty, OPTIONS, 500, 46);
    expect(tight.n).toBeLessThan(usual.n);
    const lax = withLimits({ "action_collapse.largestShare": 1, "action_bias.tradingShare": 1 });
    expect(answersNeeded(sixty, { ...OPTIONS, policy: lax }, 500, 46)).toEqual({ n: 500, checks: [] });
  });

  test.each(["__proto__", "constructor", "cat"])("labels are data: %s", (label) => {
    const policy = { ...DEFAULT_POLICY, labels: { trading: [label, "dog"], neutral: ["unsure"] } };
    expect(answersNeeded(only(healthy, { action: label }), { policy, models: ["m"] }, 200, 47).checks).toEqual(["action_collapse"]);
    // A label that is none of them is no evidence for any.
    expect(answersNeeded(only(healthy, { action: "BUY" }), { policy, models: ["m"] }, 200, 47).checks).toEqual([]);
  });

  test("a logit is read as one", () => {
    const policy = { ...DEFAULT_POLICY, confidence: { m: "logit" as const } };
    expect(answersNeeded(only(healthy, { confidence: 30 }), { policy, models: ["m"] }, 200, 48).checks).toEqual(["confidence_collapse"]);
  });

  test("the baseline's rate and latency count as far as they are known", () => {
    const failing: Make = (random) => ({ ...healthy(random), nonPrediction: random() < 0.04 ? "inactive: test" : null });
    const of = (baseline: ModelBaseline | null) => answersNeeded(failing, { ...OPTIONS, baselines: new Map(baseline === null ? [] : [["m", baseline]]) }, 3000, 49).checks;
    expect(of(BASELINE)).toEqual(["error_rate_spike"]);
    expect(of({ ...BASELINE, predictions: 200, nonPredictions: 0 })).toEqual([]);
    expect(of(null)).toEqual([]);
    const slow = only(healthy, { latencyMs: 90 });
    expect(answersNeeded(slow, OPTIONS, 200, 50).checks).toEqual(["latency_spike"]);
    expect(answersNeeded(slow, { ...OPTIONS, baselines: new Map([["m", { ...BASELINE, latencyP95Ms: null }]]) }, 200, 50).checks).toEqual([]);
  });
});

describe("what cannot be read", () => {
  test("a model that a decision does not name did not answer", () => {
    const watch = new EvidenceWatch({ policy: DEFAULT_POLICY, models: ["m", "__proto__"] });
    for (let n = 0; n < 60; n += 1) watch.take([prediction({ ...healthy(seeded(n)), model: "m" })]);
    expect(watch.conclusive()).toMatchObject([{ model: "__proto__", check: "error_rate_spike" }]);
  });

  test("an invalid confidence is no evidence of a healthy one, and breaks nothing", () => {
    const bad: ModelReading["confidence"][] = [NaN, Infinity, -0.1, 1.5, { invalid: "null" }];
    const watch = new EvidenceWatch(OPTIONS);
    for (let n = 0; n < 400; n += 1) watch.take([prediction({ ...healthy(seeded(n)), confidence: bad[n % bad.length] ?? NaN })]);
    expect(watch.findings().every(({ log10 }) => !Number.isNaN(log10))).toBe(true);
    expect(watch.findings().find(({ check }) => check === "narrow_range")?.log10).toBe(0);
  });
});

describe("state", () => {
  const stream = (seed: number, n: number): ModelReading[] => {
    const random = seeded(seed);
    return Array.from({ length: n }, () => prediction({ ...healthy(random), ...(random() < 0.5 ? { action: "BUY", confidence: 0.5 } : {}), nonPrediction: random() < 0.03 ? "error" : null }));
  };

  test("goes on, at any point and through JSON, as if it had never stopped", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 60 }), (seed, before, after) => {
        const readings = stream(seed, before + after);
        const whole = new EvidenceWatch(OPTIONS);
        for (const reading of readings) whole.take([reading]);
        const first = new EvidenceWatch(OPTIONS);
        for (const reading of readings.slice(0, before)) first.take([reading]);
        const resumed = EvidenceWatch.restore(OPTIONS, JSON.parse(JSON.stringify(first.state())));
        for (const reading of readings.slice(before)) resumed.take([reading]);
        expect(resumed.state()).toEqual(whole.state());
        expect(resumed.findings()).toEqual(whole.findings());
      }),
      { numRuns: 25 },
    );
  });

  test("of another policy, other models, another baseline or budget is refused", () => {
    const state = new EvidenceWatch(OPTIONS).state();
    const others: EvidenceOptions[] = [
      { ...OPTIONS, policy: withLimits({ "narrow_range.range": 0.2 }) },
      { ...OPTIONS, models: ["other"] },
      { ...OPTIONS, models: ["m", "other"] },
      { ...OPTIONS, baselines: new Map() },
      { ...OPTIONS, alpha: 0.05 },
    ];
    for (const other of others) expect(() => EvidenceWatch.restore(other, state)).toThrow(expect.objectContaining({ code: "evidence_unusable" }));
  });

  test("that is not as it was written is refused", () => {
    const watch = new EvidenceWatch(OPTIONS);
    for (const reading of stream(1, 50)) watch.take([reading]);
    const damage: ((state: Record<string, unknown>) => unknown)[] = [
      () => null,
      () => "evidence",
      (state) => ({ ...state, version: 2 }),
      (state) => ({ ...state, models: null }),
      (state) => ({ ...state, models: [] }),
      (state) => ({ ...state, decisions: -1 }),
      (state) => JSON.parse(JSON.stringify(state).replace(/"reserve":[\d.e-]+/, '"reserve":null')) as unknown,
      (state) => JSON.parse(JSON.stringify(state).replace(/"wealths":\[[^\]]*\]/, '"wealths":[]')) as unknown,
      (state) => JSON.parse(JSON.stringify(state).replace('"check":"action_bias"', '"check":"dead_zone"')) as unknown,
      (state) => JSON.parse(JSON.stringify(state).replace(/"mean":[\d.e-]+/, '"mean":7')) as unknown,
    ];
    for (const [index, damaged] of damage.entries()) {
      const state = damaged(JSON.parse(JSON.stringify(watch.state())) as Record<string, unknown>);
      expect(() => EvidenceWatch.restore(OPTIONS, state), `damage ${index}`).toThrow(expect.objectContaining({ code: "evidence_unusable" }));
    }
  });

  test("what was conclusive stays so, with when and how it is said", () => {
    const watch = new EvidenceWatch(OPTIONS);
    for (let n = 0; n < 60; n += 1) watch.take([prediction({ ...healthy(seeded(n)), action: "BUY" })]);
    const [finding] = watch.conclusive();
    const since = finding?.since ?? 0;
    for (let n = 0; n < 300; n += 1) watch.take([prediction({ ...healthy(seeded(n)), action: "SELL" })]);
    const resumed = EvidenceWatch.restore(OPTIONS, watch.state());
    expect(resumed.conclusive()).toContainEqual(expect.objectContaining({ check: "action_collapse", since }));
    expect(finding && describeFinding(finding)).toMatch(/^m: action_collapse: a violation is proven since answer \d+; evidence is 10\^\d+\.\d after 60; 10\^\d+\.\d is conclusive$/);
  });
});

test("a budget is a probability", () => {
  for (const alpha of [0, 1, NaN, -1])
    expect(() => new EvidenceWatch({ ...OPTIONS, alpha })).toThrow(expect.objectContaining({ code: "invalid_option" }));
});

test("strict ends for every point estimate, evidence for those alone that no evidence is gathered of", () => {
  const rules = (id: string, measures: readonly string[]): readonly boolean[] => {
    const conditions = measures.map((measure) => ({ measure, status: "violation", value: 1, worst: 1, violatedWhen: "above", limit: 0, interval: null }) as const);
    return WATCH_RULES.map((rule) => endsAtOnce(rule, { id, conditions }));
  };
  for (const { id, anyOf } of CHECKS) expect(rules(id, anyOf.map(({ measure }) => measure))).toEqual([true, false]);
  for (const id of ["invalid_confidence", "unknown_label", "mixed_artifact", "insufficient_data", "a_check_of_the_policy"]) expect(rules(id, [])).toEqual([true, true]);
});

test("a running watch is not ended by a test that holds for one look, but by what else the check found", () => {
  const condition = (measure: string, status: CheckStatus): ConditionResult => ({ measure, status, value: 1, worst: 1, violatedWhen: "above", limit: 0, interval: null });
  const rise = condition("errorRiseP", "violation");
  const share = (status: CheckStatus): ConditionResult => condition("nonPredictionShare", status);
  expect(endsAtOnce("strict", { id: "error_rate_spike", conditions: [share("pass"), rise] })).toBe(false);
  expect(endsAtOnce("strict", { id: "error_rate_spike", conditions: [share("violation"), rise] })).toBe(true);
  expect(endsAtOnce("strict", { id: "error_rate_spike", conditions: [share("violation"), condition("errorRiseP", "pass")] })).toBe(true);
  expect(endsAtOnce("strict", { id: "error_rate_spike", conditions: [] })).toBe(true);
  expect(endsAtOnce("evidence", { id: "error_rate_spike", conditions: [share("violation"), rise] })).toBe(false);
});
