import type {
  CheckResult,
  EngineIdentity,
  FeatureVector,
  Intent,
  ModelBaseline,
  ModelReading,
  Policy,
} from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compilePolicy,
  DEFAULT_POLICY,
  EntryMonitor,
  SequentialMonitor,
  FeatureCard,
  judgeFeatures,
  judgeTelemetry,
  TelemetryCard,
  type TelemetryContext,
} from "../src/index.js";
import { intent, prediction } from "./support.js";

const INDEPENDENT: ReadonlyMap<string, ModelBaseline> = new Map([
  ["m", { predictions: 0, nonPredictions: 0, latencyP95Ms: null, dependence: "independent" }],
]);

const POLICY: Policy = {
  ...DEFAULT_POLICY,
  minEvents: { collection: 5, canary: 20 },
  checks: [{ id: "own", violatedWhen: "std < 0.2 and modeShare > 0.3" }],
};
const compiled = await compilePolicy(POLICY);
const CONTEXT: TelemetryContext = {
  asOfMs: 1_400_000,
  nowMs: 1_400_000,
  sinceMs: null,
  sourceClockOffsetMs: null,
  gaps: [],
  minEvents: 20,
};

/** An entry of a stream: new, or repeating a decision with the same or different content. */
interface Given {
  readonly read: Intent;
  readonly repeats: "agreeing" | "conflicting" | null;
}

function cardOf(entries: readonly Given[]): TelemetryCard {
  const card = new TelemetryCard(POLICY);
  for (const { read, repeats } of entries) {
    if (repeats === null) card.add(read);
    else card.addDuplicate(read, repeats === "agreeing");
  }
  return card;
}

function featuresOf(entries: readonly Given[]): FeatureCard {
  const card = new FeatureCard(null);
  for (const { read, repeats } of entries) {
    if (repeats === null) card.add(read);
    else card.addRepeated(read);
  }
  return card;
}

/** How bad each check and each model's verdict is, by name. A model that nothing names is as bad as possible. */
function severities(entries: readonly Given[]): ReadonlyMap<string, number> {
  const card = cardOf(entries);
  const { integrity, models, ensemble } = judgeTelemetry(card, compiled, CONTEXT);
  const { checks } = judgeFeatures(featuresOf(entries), {
    policy: POLICY,
    manifest: null,
    version1: true,
    rejected: 0,
  });
  const named = (of: string, results: readonly CheckResult[]) =>
    results.map((check): [string, number] => [`${of}: ${check.id}`, severity(check)]);
  return new Map([
    ...named("telemetry", integrity),
    ...models.flatMap(({ model, checks: own }) => named(model, own)),
    ...models.map(({ model, verdict }): [string, number] => [model, { pass: 0, unknown: 2, fail: 3 }[verdict]]),
    ...named("ensemble", ensemble.checks),
    ...named("features", checks),
  ]);
}

function severity({ status, waived }: CheckResult): number {
  return status === "violation" ? 3 : status === "pass" ? 0 : waived ? 1 : 2;
}

const engine = (boot: string): EngineIdentity => ({
  build: "b",
  bootId: boot,
  weights: new Map([["m", 1]]),
  canary: null,
});
const answer = (model: string): fc.Arbitrary<ModelReading> =>
  fc
    .record({
      action: fc.constantFrom("BUY", "BUY", "SELL", "HOLD", "HOLD", "HODL"),
      confidence: fc.oneof(
        { weight: 8, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
        { weight: 3, arbitrary: fc.constant(0.5) },
        { weight: 1, arbitrary: fc.constant(Number.NaN) },
      ),
      latencyMs: fc.constantFrom(5, 5, 5, 9, 3000, null),
      nonPrediction: fc.constantFrom(null, null, null, null, null, "inactive: timeout"),
      artifactSha256: fc.constantFrom("a", "a", "a", "a", "a", "a", "b"),
    })
    .map((given) => prediction({ model, voted: true, ...given }));
const vector = (value: number): FeatureVector => ({ model: null, values: new Map([["x", value]]) });
/** A decision. Most of a stream are healthy, so that a check may pass. */
const decision = fc.record({
  calm: fc.record({ m: answer("m"), n: answer("n") }),
  isCalm: fc.boolean(),
  isFrozen: fc.boolean(),
  isAbsent: fc.constantFrom(false, false, false, false, false, true),
  x: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 9 }) },
    { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
  ),
  boot: fc.constantFrom("one", "one", "one", "one", "one", "one", "one", "two"),
});
const LABELS = ["BUY", "SELL", "HOLD"];

function readOf(
  { calm, isCalm, isFrozen, isAbsent, x, boot }: typeof decision extends fc.Arbitrary<infer T> ? T : never,
  index: number,
  faulty: boolean,
): Intent {
  const healthy = (model: string, at: number) =>
    prediction({
      model,
      action: LABELS[(index + at) % 3] ?? "HOLD",
      confidence: 0.2 + ((index * 37) % 100) / 125,
      latencyMs: 5,
      artifactSha256: "a",
    });
  const frozen = (model: string) =>
    prediction({ model, action: "BUY", confidence: 0.5, latencyMs: 5, artifactSha256: "a" });
  const own = (model: "m" | "n", at: number): ModelReading =>
    isFrozen && isCalm ? frozen(model) : !faulty || isCalm ? healthy(model, at) : calm[model];
  const models = isAbsent && faulty ? [own("m", 0)] : [own("m", 0), own("n", index % 4 === 0 ? 1 : 0)];
  const value = faulty ? x : index % 10;
  return intent(index, models, {
    contract: 2,
    engine: engine(faulty ? boot : "one"),
    features: [vector(value)],
    notFinite: Number.isFinite(value) ? [] : ["x"],
  });
}

const streams = fc.record({
  decisions: fc.array(decision, { minLength: 1, maxLength: 60, size: "max" }),
  faulty: fc.boolean(),
  repeats: fc.array(
    fc.record({ of: fc.nat(59), times: fc.integer({ min: 1, max: 40 }), other: fc.option(decision, { freq: 8 }) }),
    { minLength: 1, maxLength: 8 },
  ),
});

describe("a repeated decision never improves a verdict", () => {
  test("whatever is repeated, however often, and with any content: no check, verdict or statistic gets better", () => {
    let passed = 0;
    let worsened = 0;
    fc.assert(
      fc.property(streams, ({ decisions, faulty, repeats }) => {
        const once = decisions.map((given, index): Given => ({ read: readOf(given, index, faulty), repeats: null }));
        const again = repeats.flatMap(({ of, times, other }) => {
          const original = once[of % once.length]?.read ?? intent(0, []);
          const read = other === null ? original : readOf(other, original === once[0]?.read ? 1 : 0, true);
          const copy: Given = {
            read: { ...read, id: original.id },
            repeats: other === null ? "agreeing" : "conflicting",
          };
          return Array.from({ length: times }, () => copy);
        });
        const all = [...once, ...again];
        const [before, after] = [severities(once), severities(all)];
        const asNew = severities(all.map(({ read }) => ({ read, repeats: null })));
        for (const [check, now] of after) {
          const [was, counted] = [before.get(check) ?? 0, asNew.get(check) ?? 0];
          if (was === 0) passed += 1;
          if (now > was) worsened += 1;
          // A contradiction is a violation of its own.
          if (check !== "telemetry: duplicate_events") expect([check, now]).toEqual([check, Math.max(was, counted)]);
          expect([check, now >= was]).toEqual([check, true]);
        }
        const judged = (entries: readonly Given[]) => judgeTelemetry(cardOf(entries), compiled, CONTEXT);
        const [first, second] = [judged(once), judged(all)];
        expect(cardOf(all).counts).toEqual({
          read: all.length,
          rejected: 0,
          duplicates: again.length,
          judged: once.length,
        });
        for (const { model, stats } of first.models)
          expect(second.models.find((found) => found.model === model)?.stats).toEqual(stats);
        expect({ ...second.ensemble, checks: [] }).toEqual({ ...first.ensemble, checks: [] });
      }),
      { numRuns: 150, seed: 31 },
    );
    expect(passed).toBeGreaterThan(500);
    expect(worsened).toBeGreaterThan(100);
  });

  test("does not dilute the share of rejected entries", () => {
    const reason = (repeats: number) => {
      const card = cardOf([
        ...Array.from({ length: 98 }, (_, index): Given => ({ read: intent(index, [prediction()]), repeats: null })),
        ...Array.from({ length: repeats }, (): Given => ({ read: intent(0, [prediction()]), repeats: "agreeing" })),
      ]);
      for (const place of ["line 1", "line 2"])
        card.reject({ id: null, reason: "unreadable_json", place, detail: "cut" });
      return judgeTelemetry(card, compiled, CONTEXT).integrity.find(({ id }) => id === "rejected_events");
    };
    expect(reason(0)).toMatchObject({ status: "violation", value: 0.02 });
    expect(reason(5000)).toMatchObject({ status: "violation", value: 0.02 });
    expect(reason(5000)?.reason).toContain("2 of 100 entries, repeated ones not counted, were rejected");
    expect(reason(0)?.reason).toContain("2 of 100 entries were rejected");
  });
});

/** Seven of ten decisions are frozen answers, published as one decision in each candle of ten; the rest vary. */
function frozen(count: number, model = "m"): readonly Given[] {
  return Array.from({ length: count }, (_, index) => {
    const varied = prediction({
      model,
      action: LABELS[index % 3] ?? "HOLD",
      confidence: 0.2 + ((index * 37) % 100) / 125,
      latencyMs: 5,
    });
    const isFrozen = index % 10 < 7;
    const read = intent(index, [
      isFrozen ? prediction({ model, action: "BUY", confidence: 0.5, latencyMs: 5 }) : varied,
    ]);
    return { read, repeats: isFrozen && index % 10 > 0 ? "agreeing" : null };
  });
}

describe("a frozen model whose answers look like repetitions", () => {
  const judgement = judgeTelemetry(cardOf(frozen(1000)), compiled, CONTEXT);
  const [verdict] = judgement.models;
  const of = (id: string) => verdict?.checks.find((check) => check.id === id);

  test("fails because of all entries, while its statistics are those of the distinct decisions", () => {
    expect(verdict).toMatchObject({ verdict: "fail", stats: { n: 400 } });
    expect(of("action_collapse")).toMatchObject({ status: "violation", value: 0.8, n: 1000 });
    expect(of("action_collapse")?.reason).toBe(
      "share of BUY is 80 % of 1000 predictions; at most 70 % is allowed (counting repeated entries)",
    );
    expect(of("confidence_collapse")).toMatchObject({ status: "violation", value: 0.7, n: 1000 });
    expect(verdict?.reasons.join()).toContain("action_collapse: share of BUY is 80 %");
  });

  test("a check that is equally good over both is reported for the distinct decisions", () => {
    expect(of("action_bias")).toMatchObject({ status: "pass", n: 400 });
    expect(of("insufficient_data")).toMatchObject({ status: "pass", value: 400 });
    expect(of("action_bias")?.reason).not.toContain("repeated");
  });

  test("duplicate_events says how repeated entries count", () => {
    expect(judgement.integrity.find(({ id }) => id === "duplicate_events")).toMatchObject({
      status: "pass",
      reason:
        "600 of 1000 entries repeat a decision; counts and statistics are without them, every check is judged with and without them",
    });
    const none = judgeTelemetry(cardOf(frozen(1)), compiled, CONTEXT);
    expect(none.integrity.find(({ id }) => id === "duplicate_events")?.reason).toBe("0 of 1 entries repeat a decision");
  });

  test("the judgement over all entries is added if there is a repetition", () => {
    expect(judgement.repeated).toMatchObject({ events: 1000, models: [{ model: "m", verdict: "fail" }] });
    expect(
      judgement.repeated?.models[0]?.checks.every(({ reason }) => reason.endsWith("(counting repeated entries)")),
    ).toBe(true);
    expect(judgeTelemetry(cardOf(frozen(1)), compiled, CONTEXT).repeated).toBeNull();
  });

  test("repetitions do not make up for a missing distinct decision", () => {
    const few = judgeTelemetry(cardOf(frozen(40)), compiled, CONTEXT);
    expect(few.models[0]?.checks.find(({ id }) => id === "insufficient_data")).toMatchObject({
      status: "violation",
      value: 16,
    });
    expect(few.integrity.find(({ id }) => id === "insufficient_data")).toMatchObject({
      status: "violation",
      value: 16,
    });
  });

  test("a conflicting repetition with a model that nothing else names is judged too", () => {
    const conflict: Given = {
      read: intent(0, [prediction({ model: "other", confidence: 7 })]),
      repeats: "conflicting",
    };
    const { models } = judgeTelemetry(cardOf([...frozen(1000), conflict]), compiled, CONTEXT);
    const other = models.find(({ model }) => model === "other");
    expect(other).toMatchObject({ verdict: "fail", stats: { n: 0 } });
    expect(other?.checks.find(({ id }) => id === "invalid_confidence")?.status).toBe("violation");
  });

  test("its evidence covers all entries from the first repetition on, and survives saving its state", () => {
    const options = { policy: POLICY, models: ["m"], baselines: INDEPENDENT };
    let evidence = new EntryMonitor(options);
    const whole = new SequentialMonitor(options);
    for (const [index, { read, repeats }] of frozen(2000).entries()) {
      if (repeats === null) evidence.take(read.models);
      else evidence.takeRepeated(read.models);
      whole.take(read.models);
      if (index % 97 === 0) evidence = EntryMonitor.restore(options, JSON.parse(JSON.stringify(evidence.state())));
    }
    expect(evidence.decisions).toBe(800);
    expect(evidence.state().repeated).toEqual(whole.state());
    const conclusive = whole.conclusive().map(({ check }) => check);
    expect(conclusive).toContain("action_collapse");
    expect(
      evidence
        .findings()
        .filter((finding) => finding.conclusive)
        .map(({ check }) => check),
    ).toEqual(conclusive);
    expect(evidence.proven().join()).toMatch(
      /m: action_collapse: a violation is proven since answer \d+.* \(counting repeated entries\)/,
    );
  });

  test("without a repetition there is only one set of evidence, and one state", () => {
    const options = { policy: POLICY, models: ["m"], baselines: INDEPENDENT };
    const [evidence, plain] = [new EntryMonitor(options), new SequentialMonitor(options)];
    for (const { read } of frozen(300)) {
      evidence.take(read.models);
      plain.take(read.models);
    }
    expect(evidence.state()).toEqual(plain.state());
    expect(evidence.findings()).toEqual(plain.findings());
    expect(EntryMonitor.restore(options, plain.state()).state()).toEqual(plain.state());
  });

  test("a state whose second part was altered is refused", () => {
    const options = { policy: POLICY, models: ["m"], baselines: INDEPENDENT };
    const evidence = new EntryMonitor(options);
    evidence.takeRepeated([prediction()]);
    for (const repeated of [null, {}, { ...evidence.state().repeated, setup: "another" }]) {
      expect(() => EntryMonitor.restore(options, { ...evidence.state(), repeated })).toThrow(
        expect.objectContaining({ code: "evidence_unusable" }),
      );
    }
  });
});

describe("feature vectors of repeated decisions", () => {
  const features = { policy: DEFAULT_POLICY, manifest: null, version1: false, rejected: 0 };
  const judged = (entries: readonly Given[]) => judgeFeatures(featuresOf(entries), features);
  const fed = (index: number, value: number, repeats: Given["repeats"]): Given => ({
    read: intent(index, [prediction()], { features: [vector(value)] }),
    repeats,
  });
  const moving = Array.from({ length: 100 }, (_, index) => fed(index, index % 10, null));

  test("that are not finite fail, and do not enter the statistics", () => {
    const { checks, features: stats } = judged([...moving, fed(100, Number.NaN, "conflicting")]);
    expect(checks.find(({ id }) => id === "feature_not_finite")).toMatchObject({ status: "violation", value: 1 });
    expect(stats).toEqual(judged(moving).features);
  });

  test("do not make up for too few vectors", () => {
    const few = moving.slice(0, 49);
    const { checks } = judged([...few, ...few.map(({ read }): Given => ({ read, repeats: "agreeing" }))]);
    expect(checks.find(({ id }) => id === "insufficient_vectors")).toMatchObject({ status: "violation", value: 49 });
  });

  test("warn of a stuck feed, like those of distinct decisions", () => {
    const stuck = Array.from({ length: 50 }, (_, index) => fed(100 + index, 3, "agreeing"));
    expect(judged(moving).warnings).toEqual([]);
    expect(judged([...moving, ...stuck]).warnings.join()).toContain("the feed may be stuck");
    const still = Array.from({ length: 50 }, (_, index) => fed(100 + index, 3, null));
    const again = Array.from({ length: 50 }, (_, index) => fed(200 + index, index % 10, "agreeing"));
    expect(judged([...moving, ...still, ...again]).warnings).toEqual(judged([...moving, ...still]).warnings);
    expect(judged([...moving, ...still]).warnings).toHaveLength(1);
  });

  test("are merged together with their parts", () => {
    const entries = [
      ...moving,
      fed(100, Number.NaN, "conflicting"),
      ...moving.slice(0, 9).map(({ read }): Given => ({ read, repeats: "agreeing" })),
    ];
    const merged = featuresOf(entries.slice(0, 101));
    merged.merge(featuresOf(entries.slice(101)));
    expect(judgeFeatures(merged, features).checks).toEqual(judged(entries).checks);
  });
});
