import {
  WATCH_RULES,
  type CheckStatus,
  type ConditionResult,
  type ModelBaseline,
  type ModelReading,
} from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CHECKS,
  DEFAULT_POLICY,
  describeFinding,
  endsAtOnce,
  SequentialMonitor,
  FALSE_ALARM_BUDGET,
  type SequentialOptions,
} from "../src/index.js";
import { prediction, seeded, withLimits } from "./support.js";

const BASELINE: ModelBaseline = {
  predictions: 4990,
  nonPredictions: 10,
  latencyP95Ms: 40,
  dependence: "independent",
};
/** A model of which only this is known: its answers do not depend on those before. */
const UNKNOWN: ModelBaseline = { predictions: 0, nonPredictions: 0, latencyP95Ms: null, dependence: "independent" };
const unknown = (policy = DEFAULT_POLICY): SequentialOptions => ({
  policy,
  models: ["m"],
  baselines: new Map([["m", UNKNOWN]]),
});
const OPTIONS: SequentialOptions = { policy: DEFAULT_POLICY, models: ["m"], baselines: new Map([["m", BASELINE]]) };

type Make = (random: () => number) => Partial<ModelReading>;

const healthy: Make = (random) => ({
  action: ["BUY", "SELL", "HOLD"][Math.floor(random() * 3)] ?? null,
  confidence: 0.2 + 0.7 * random(),
  latencyMs: 10 + 30 * random(),
});

/** How many answers, at most `most`, it takes until a check is conclusive, and for which checks. */
function answersNeeded(
  make: Make,
  options: SequentialOptions,
  most: number,
  seed: number,
): { readonly n: number; readonly checks: readonly string[] } {
  const random = seeded(seed);
  const watch = new SequentialMonitor(options);
  let n = 0;
  for (let isFound = false; n < most && !isFound; n += 1) isFound = watch.take([prediction(make(random))]);
  return { n, checks: watch.conclusive().map(({ check }) => check) };
}

const only =
  (make: Make, given: Partial<ModelReading>): Make =>
  (random) => ({ ...make(random), ...given });

describe("evidence against a total fault soon becomes conclusive", () => {
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

  test("slow answers, one in six and never two in a row, are found with little delay from the allowance for streaks", () => {
    let answers = -1;
    const make: Make = (random) => ({ ...healthy(random), latencyMs: (answers += 1) % 6 === 0 ? 500 : 20 });
    const { n, checks } = answersNeeded(make, OPTIONS, 1000, 48);
    expect(checks).toEqual(["latency_spike"]);
    expect(n).toBeLessThanOrEqual(110);
  });

  test("one label beyond 85 % is conclusive for action_bias and dead_zone too, a little later", () => {
    for (const [label, check] of [
      ["SELL", "action_bias"],
      ["HOLD", "dead_zone"],
    ] as const) {
      const random = seeded(42);
      const watch = new SequentialMonitor(OPTIONS);
      for (let n = 0; n < 120; n += 1) watch.take([prediction({ ...healthy(random), action: label })]);
      expect(watch.conclusive().map((finding) => finding.check)).toEqual([check, "action_collapse"]);
    }
  });

  test("a std below the limit with a wide range is found in the end, though no other check sees it", () => {
    const make: Make = (random) => ({
      ...healthy(random),
      confidence: 0.6 + (random() < 0.26 ? (random() < 0.5 ? -0.063 : 0.063) : 0.004 * random()),
    });
    const { n, checks } = answersNeeded(make, OPTIONS, 6000, 43);
    expect(n).toBeLessThan(6000);
    expect(checks).toEqual(["confidence_collapse"]);
  });

  test("a constant output is conclusive for its own check too", () => {
    const watch = new SequentialMonitor(OPTIONS);
    for (let n = 0; n < 150; n += 1)
      watch.take([prediction({ confidence: 0.615, action: ["BUY", "SELL", "HOLD"][n % 3] ?? null })]);
    expect(watch.conclusive().map(({ check }) => check)).toEqual([
      "constant_output",
      "narrow_range",
      "confidence_collapse",
    ]);
  });
});

describe("legal behaviour raises no alarm", () => {
  const LEGAL: readonly (readonly [string, Make])[] = [
    ["a healthy model", healthy],
    ["exactly 70 % of one label", (random) => ({ ...healthy(random), action: random() < 0.7 ? "BUY" : "SELL" })],
    [
      "89 % of the confidences close together, and 11 % far above",
      (random) => ({ ...healthy(random), confidence: random() < 0.89 ? 0.5 + 0.01 * random() : 0.9 }),
    ],
    [
      "one value half of the time",
      (random) => ({ ...healthy(random), confidence: random() < 0.5 ? 0.5 : 0.2 + 0.7 * random() }),
    ],
    ["a slow answer in twenty", (random) => ({ ...healthy(random), latencyMs: random() < 0.05 ? 900 : 20 })],
  ];

  test.each(LEGAL)("%s: in at most alpha of the watches (seed 44)", (_, make) => {
    const alpha = 0.1;
    const WATCHES = 25;
    let alarms = 0;
    for (let watch = 0; watch < WATCHES; watch += 1)
      if (answersNeeded(make, { ...OPTIONS, alpha }, 800, 44 + watch).checks.length > 0) alarms += 1;
    expect(alarms).toBeLessThanOrEqual(alpha * WATCHES + 3 * Math.sqrt(alpha * WATCHES));
  });

  test("values that repeat in short runs, and failures in short streaks (seed 45)", () => {
    const random = seeded(45);
    let last = 0.5;
    let failed = false;
    const make: Make = () => {
      if (random() > 0.6) last = 0.2 + 0.7 * random();
      failed = random() < (failed ? 0.4 : 0.01);
      return { ...healthy(random), confidence: last, nonPrediction: failed ? "inactive: outage" : null };
    };
    expect(answersNeeded(make, unknown(), 2500, 45).checks).toEqual([]);
  });

  test("thresholds spend exactly the budget over all models and checks", () => {
    const models = ["a", "b", "c", "d"];
    const spent = new SequentialMonitor({
      ...OPTIONS,
      models,
      baselines: new Map(models.map((model) => [model, BASELINE])),
    })
      .findings()
      .reduce((sum, { threshold }) => sum + 10 ** -threshold, 0);
    expect(spent).toBeLessThanOrEqual(FALSE_ALARM_BUDGET);
    expect(spent).toBeGreaterThan(0.89 * FALSE_ALARM_BUDGET);
  });
});

describe("the policy is respected", () => {
  const sixty = only(healthy, { action: "BUY" });

  test("a tighter limit is refuted sooner; a limit that allows everything is never refuted", () => {
    const tight = answersNeeded(
      sixty,
      { ...OPTIONS, policy: withLimits({ "action_collapse.largestShare": 0.4 }) },
      500,
      46,
    );
    const usual = answersNeeded(sixty, OPTIONS, 500, 46);
    expect(tight.n).toBeLessThan(usual.n);
    const lax = withLimits({ "action_collapse.largestShare": 1, "action_bias.tradingShare": 1 });
    expect(answersNeeded(sixty, { ...OPTIONS, policy: lax }, 500, 46)).toEqual({ n: 500, checks: [] });
  });

  test.each(["__proto__", "constructor", "cat"])("labels are data: %s", (label) => {
    const policy = { ...DEFAULT_POLICY, labels: { acting: [label, "dog"], abstaining: ["unsure"] } };
    expect(answersNeeded(only(healthy, { action: label }), unknown(policy), 200, 47).checks).toEqual([
      "action_collapse",
    ]);
    // A label outside the set is not evidence against any label.
    expect(answersNeeded(only(healthy, { action: "BUY" }), unknown(policy), 200, 47).checks).toEqual([]);
  });

  test("a logit is read as one", () => {
    const policy = { ...DEFAULT_POLICY, confidence: { m: "logit" as const } };
    expect(answersNeeded(only(healthy, { confidence: 30 }), unknown(policy), 200, 48).checks).toEqual([
      "confidence_collapse",
    ]);
  });

  test("the baseline's rate and latency count if they are known", () => {
    const failing: Make = (random) => ({
      ...healthy(random),
      nonPrediction: random() < 0.04 ? "inactive: test" : null,
    });
    const of = (baseline: ModelBaseline | null) =>
      answersNeeded(failing, { ...OPTIONS, baselines: new Map(baseline === null ? [] : [["m", baseline]]) }, 3000, 49)
        .checks;
    expect(of(BASELINE)).toEqual(["error_rate_spike"]);
    expect(of({ ...BASELINE, predictions: 200, nonPredictions: 0 })).toEqual([]);
    expect(of(null)).toEqual([]);
    const slow = only(healthy, { latencyMs: 90 });
    expect(answersNeeded(slow, OPTIONS, 200, 50).checks).toEqual(["latency_spike"]);
    expect(
      answersNeeded(slow, { ...OPTIONS, baselines: new Map([["m", { ...BASELINE, latencyP95Ms: null }]]) }, 200, 50)
        .checks,
    ).toEqual([]);
  });
});

describe("invalid answers", () => {
  test("a model that a decision does not name counts as not having answered", () => {
    const watch = new SequentialMonitor({ policy: DEFAULT_POLICY, models: ["m", "__proto__"] });
    for (let n = 0; n < 60; n += 1) watch.take([prediction({ ...healthy(seeded(n)), model: "m" })]);
    expect(watch.conclusive()).toMatchObject([{ model: "__proto__", check: "error_rate_spike" }]);
  });

  test("an invalid confidence is not evidence of a healthy one, and does no damage", () => {
    const bad: ModelReading["confidence"][] = [NaN, Infinity, -0.1, 1.5, { invalid: "null" }];
    const watch = new SequentialMonitor(OPTIONS);
    for (let n = 0; n < 400; n += 1)
      watch.take([prediction({ ...healthy(seeded(n)), confidence: bad[n % bad.length] ?? NaN })]);
    expect(watch.findings().every(({ log10 }) => !Number.isNaN(log10))).toBe(true);
    expect(watch.findings().find(({ check }) => check === "narrow_range")?.log10).toBe(0);
  });
});

describe("state", () => {
  const stream = (seed: number, n: number): ModelReading[] => {
    const random = seeded(seed);
    return Array.from({ length: n }, () =>
      prediction({
        ...healthy(random),
        ...(random() < 0.5 ? { action: "BUY", confidence: 0.5 } : {}),
        nonPrediction: random() < 0.03 ? "error" : null,
      }),
    );
  };

  test("continues at any point, even after JSON, as if it had never stopped", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: 0, max: 60 }),
        (seed, before, after) => {
          const readings = stream(seed, before + after);
          const whole = new SequentialMonitor(OPTIONS);
          for (const reading of readings) whole.take([reading]);
          const first = new SequentialMonitor(OPTIONS);
          for (const reading of readings.slice(0, before)) first.take([reading]);
          const resumed = SequentialMonitor.restore(OPTIONS, JSON.parse(JSON.stringify(first.state())));
          for (const reading of readings.slice(before)) resumed.take([reading]);
          expect(resumed.state()).toEqual(whole.state());
          expect(resumed.findings()).toEqual(whole.findings());
        },
      ),
      { numRuns: 25 },
    );
  });

  test("from another policy, other models, another baseline or budget is refused", () => {
    const state = new SequentialMonitor(OPTIONS).state();
    const others: SequentialOptions[] = [
      { ...OPTIONS, policy: withLimits({ "narrow_range.range": 0.2 }) },
      { ...OPTIONS, models: ["other"] },
      { ...OPTIONS, models: ["m", "other"] },
      { ...OPTIONS, baselines: new Map() },
      { ...OPTIONS, alpha: 0.05 },
    ];
    for (const other of others)
      expect(() => SequentialMonitor.restore(other, state)).toThrow(
        expect.objectContaining({ code: "evidence_unusable" }),
      );
  });

  test("an altered state is refused", () => {
    const watch = new SequentialMonitor(OPTIONS);
    for (const reading of stream(1, 50)) watch.take([reading]);
    const damage: ((state: Record<string, unknown>) => unknown)[] = [
      () => null,
      () => "evidence",
      (state) => ({ ...state, version: 1 }),
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
      expect(() => SequentialMonitor.restore(OPTIONS, state), `damage ${index}`).toThrow(
        expect.objectContaining({ code: "evidence_unusable" }),
      );
    }
  });

  test("conclusive evidence stays conclusive, with its time and wording", () => {
    const watch = new SequentialMonitor(OPTIONS);
    for (let n = 0; n < 60; n += 1) watch.take([prediction({ ...healthy(seeded(n)), action: "BUY" })]);
    const [finding] = watch.conclusive();
    const since = finding?.since ?? 0;
    for (let n = 0; n < 300; n += 1) watch.take([prediction({ ...healthy(seeded(n)), action: "SELL" })]);
    const resumed = SequentialMonitor.restore(OPTIONS, watch.state());
    expect(resumed.conclusive()).toContainEqual(expect.objectContaining({ check: "action_collapse", since }));
    expect(finding && describeFinding(finding)).toMatch(
      /^m: action_collapse: a violation is proven since answer \d+; evidence is 10\^\d+\.\d after 60; 10\^\d+\.\d is conclusive$/,
    );
  });
});

test("a budget must be a probability", () => {
  for (const alpha of [0, 1, NaN, -1])
    expect(() => new SequentialMonitor({ ...OPTIONS, alpha })).toThrow(
      expect.objectContaining({ code: "invalid_option" }),
    );
});

describe("when a violated check ends a running watch", () => {
  const condition = (measure: string, status: CheckStatus = "violation"): ConditionResult => ({
    measure,
    status,
    value: 1,
    worst: 1,
    violatedWhen: "above",
    limit: 0,
    interval: null,
  });
  const keys = CHECKS.flatMap(({ id, anyOf }) => anyOf.map(({ measure }) => `${id}.${measure}`));
  const byRule = (id: string, measures: readonly string[], seen: readonly string[] = keys): readonly boolean[] =>
    WATCH_RULES.map((rule) =>
      endsAtOnce(rule, { id, conditions: measures.map((measure) => condition(measure)) }, new Set(seen)),
    );

  test("strict ends for every point estimate; evidence ends only for those without sequential evidence", () => {
    for (const { id, anyOf } of CHECKS)
      expect(
        byRule(
          id,
          anyOf.map(({ measure }) => measure),
        ),
      ).toEqual([true, false]);
    for (const id of [
      "invalid_confidence",
      "unknown_label",
      "mixed_artifact",
      "insufficient_data",
      "a_check_of_the_policy",
    ])
      expect(byRule(id, [])).toEqual([true, true]);
  });

  test.each(CHECKS.flatMap(({ id, anyOf }) => anyOf.map(({ measure }) => [id, measure] as const)))(
    "%s.%s ends it under both rules if the evidence would not find a gross fault in time",
    (id, measure) => {
      expect(byRule(id, [measure], [])).toEqual([true, true]);
      expect(
        byRule(
          id,
          [measure],
          keys.filter((key) => key !== `${id}.${measure}`),
        ),
      ).toEqual([true, true]);
    },
  );

  test("a test that is valid for only one look does not end it, but the check's other findings do", () => {
    const seen = new Set(keys);
    const rise = condition("errorRiseP");
    const ends = (rule: (typeof WATCH_RULES)[number], conditions: readonly ConditionResult[]): boolean =>
      endsAtOnce(rule, { id: "error_rate_spike", conditions }, seen);
    expect(ends("strict", [condition("nonPredictionShare", "pass"), rise])).toBe(false);
    expect(ends("strict", [condition("nonPredictionShare"), rise])).toBe(true);
    expect(ends("strict", [condition("nonPredictionShare"), condition("errorRiseP", "pass")])).toBe(true);
    expect(ends("evidence", [condition("nonPredictionShare"), rise])).toBe(false);
  });

  test("a violation without a condition that explains it ends it under both rules", () => {
    expect(byRule("error_rate_spike", [])).toEqual([true, true]);
  });
});
