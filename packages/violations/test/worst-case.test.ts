import type { Intent, ModelReading, RejectionReason } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CHECKS,
  compilePolicy,
  DEFAULT_POLICY,
  judgeModel,
  judgeTelemetry,
  TelemetryCard,
  type Judgement,
  verdictOf,
} from "../src/index.js";
import { checkOf, context, EIGHT_LABELS, intent, prediction, scorecard } from "./support.js";

const compiled = await compilePolicy(DEFAULT_POLICY);

type Event = Intent | RejectionReason;

function cardOf(events: readonly Event[]): TelemetryCard {
  const card = new TelemetryCard(DEFAULT_POLICY);
  events.forEach((event, index) => {
    if (typeof event === "string") card.reject({ id: null, reason: event, place: `line ${index}`, detail: "broken" });
    else card.add(event);
  });
  return card;
}

function judge(card: TelemetryCard): Judgement {
  const asOfMs = 1_000_000 + 400 * 1000;
  return judgeTelemetry(card, compiled, {
    asOfMs,
    nowMs: asOfMs,
    sinceMs: null,
    sourceClockOffsetMs: null,
    gaps: [],
    minEvents: 200,
  });
}

/** Whether model m may take traffic. */
function passes({ integrity, models }: Judgement): boolean {
  const model = models.find((verdict) => verdict.model === "m");
  return verdictOf(integrity) === "pass" && model?.verdict === "pass";
}

const confidence = fc.double({ min: 0, max: 1, noNaN: true });

/** Answers around the limits: a share of one label near 70 %, a spread of confidence near its limits. */
const answers = fc
  .record({
    n: fc.integer({ min: 200, max: 260 }),
    share: fc.double({ min: 0.3, max: 0.9, noNaN: true }),
    label: fc.constantFrom("BUY", "SELL", "HOLD"),
    centre: fc.double({ min: 0.2, max: 0.8, noNaN: true }),
    spread: fc.constantFrom(0.0005, 0.02, 0.05, 0.07, 0.09, 0.2),
    failed: fc.integer({ min: 0, max: 14 }),
    odd: fc.option(
      fc.constantFrom<Partial<ModelReading>>(
        { action: "HODL" },
        { confidence: Number.NaN },
        { confidence: { invalid: "true" } },
      ),
      { freq: 4 },
    ),
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  })
  .map(({ n, share, label, centre, spread, failed, odd, seed }) => {
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const others = ["BUY", "SELL", "HOLD"].filter((other) => other !== label);
    return Array.from({ length: n }, (_, index): ModelReading => {
      const action = random() < share ? label : (others[index % 2] ?? label);
      const value = Math.min(1, Math.max(0, centre + spread * (random() * 2 - 1) * 1.8));
      const failing = index < failed ? { nonPrediction: "inactive: timeout" } : {};
      return prediction({ action, confidence: value, ...failing, ...(index === n - 1 ? odd : null) });
    });
  });

describe("making entries unreadable never turns a fail into a pass", () => {
  type Spoiled = "missing" | "label" | "confidence" | RejectionReason;
  const other = prediction({ model: "other" });
  /** What happens to some entries, by position. */
  const spoils = (...kinds: readonly Spoiled[]) =>
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...kinds)), { maxLength: 12 });
  const placed = (readings: readonly ModelReading[], all: readonly (readonly [number, Spoiled])[]) =>
    new Map(all.map(([at, how]) => [at % readings.length, how] as const));

  function spoiledEvent(index: number, reading: ModelReading, how: Spoiled | undefined): Event {
    if (how === undefined) return intent(index, [reading, other]);
    if (how === "missing") return intent(index, [other]);
    if (how === "label") return intent(index, [{ ...reading, nonPrediction: null, action: null }, other]);
    if (how === "confidence")
      return intent(index, [{ ...reading, nonPrediction: null, confidence: { invalid: "missing" } }, other]);
    return how;
  }

  /** The same, but each missing answer is replaced by a mark that says there was none, which must count the same. */
  function withMarks(readings: readonly ModelReading[], places: ReadonlyMap<number, Spoiled>): Event[] {
    return readings.map((reading, index) => {
      const marked =
        places.get(index) === "missing"
          ? { ...reading, nonPrediction: "inactive: no reason given", voted: false }
          : reading;
      return intent(index, [marked, other]);
    });
  }

  test("replacing entries by rejected or invalid ones, or leaving the model out instead of marking it inactive", () => {
    fc.assert(
      fc.property(
        answers,
        spoils("unreadable_json", "too_large", "no_breakdown", "missing", "label", "confidence"),
        (readings, all) => {
          const places = placed(readings, all);
          if (passes(judge(cardOf(withMarks(readings, places))))) return;
          const events = readings.map((reading, index) => spoiledEvent(index, reading, places.get(index)));
          expect(passes(judge(cardOf(events)))).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("an entry that does not name the model is judged like one that marks it inactive", () => {
    let passing = 0;
    fc.assert(
      fc.property(answers, spoils("missing"), (readings, all) => {
        const places = placed(readings, all);
        const marked = passes(judge(cardOf(withMarks(readings, places))));
        const missing = readings.map((reading, index) => spoiledEvent(index, reading, places.get(index)));
        expect(passes(judge(cardOf(missing)))).toBe(marked);
        if (marked) passing += 1;
      }),
      { numRuns: 300, seed: 5 },
    );
    expect(passing).toBeGreaterThan(10);
  });

  test("none of the eight checks gets better when its entries become unreadable", () => {
    fc.assert(
      fc.property(answers, fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 12 }), (readings, hidden) => {
        const whole = judgeModel(scorecard(readings), context());
        const gone = new Set(hidden.map((at) => at % readings.length));
        const rest = readings.filter((_, index) => !gone.has(index));
        const partly = judgeModel(scorecard(rest), context({ rejected: gone.size }));
        for (const { id } of CHECKS) {
          const before = whole.checks.find((check) => check.id === id)?.status;
          const after = partly.checks.find((check) => check.id === id)?.status;
          if (before === "violation") expect(`${id} ${after ?? ""}`).toBe(`${id} violation`);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("the closed forms give the worst case", () => {
  const placements = fc.array(fc.tuple(confidence, fc.constantFrom("BUY", "SELL", "HOLD", "HEDGE")), {
    minLength: 1,
    maxLength: 20,
  });

  test("no placement of the unread entries is worse than assumed", () => {
    fc.assert(
      fc.property(answers, placements, (readings, unread) => {
        const valid = readings.filter(({ confidence, action }) => Number(confidence) >= 0 && action !== "HODL");
        const policy = { ...DEFAULT_POLICY, labels: EIGHT_LABELS };
        const baseline = { predictions: 500, nonPredictions: 0, latencyP95Ms: null, entropy: 0.9 };
        const given = { policy, baseline };
        const assumed = judgeModel(scorecard(valid, EIGHT_LABELS), context({ ...given, rejected: unread.length }));
        const placed = [...valid, ...unread.map(([value, action]) => prediction({ confidence: value, action }))];
        const real = judgeModel(scorecard(placed, EIGHT_LABELS), context(given));
        for (const { id, anyOf } of CHECKS.slice(0, 6)) {
          for (const [index, { violatedWhen }] of anyOf.entries()) {
            const worst = assumed.checks.find((check) => check.id === id)?.conditions[index]?.worst ?? Number.NaN;
            const value = real.checks.find((check) => check.id === id)?.conditions[index]?.value ?? Number.NaN;
            if (violatedWhen === "below") expect(value).toBeGreaterThanOrEqual(worst - 1e-12);
            else expect(value).toBeLessThanOrEqual(worst + 1e-12);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("the worst placement is possible: all unread entries on the largest label, or in the middle", () => {
    const readings = Array.from({ length: 200 }, (_, index) =>
      prediction({ action: index < 130 ? "BUY" : "SELL", confidence: index / 199 }),
    );
    const worst = (id: string) => checkOf(scorecard(readings), id, { rejected: 10 }).conditions[0]?.worst;
    const middle = Array.from({ length: 10 }, () => prediction({ confidence: 0.5 }));
    const real = (id: string) => checkOf(scorecard([...readings, ...middle]), id).value ?? Number.NaN;
    expect(worst("action_collapse")).toBe(140 / 210);
    expect(worst("narrow_range")).toBeCloseTo(real("narrow_range"), 12);
    expect(worst("constant_output")).toBeCloseTo(real("constant_output"), 12);
  });

  test("a share that passes as read is a violation if the unread entries could push it over the limit", () => {
    const readings = Array.from({ length: 200 }, (_, index) =>
      prediction({ action: index < 139 ? "BUY" : "SELL", confidence: index / 199 }),
    );
    expect(checkOf(scorecard(readings), "action_collapse").status).toBe("pass");
    expect(checkOf(scorecard(readings), "action_collapse", { rejected: 5 })).toMatchObject({
      status: "violation",
      value: 0.695,
    });
  });
});

describe("order and parts do not matter", () => {
  test("permuting events or merging the cards of parts gives the same judgement", () => {
    fc.assert(
      fc.property(
        answers,
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (readings, cuts, keys) => {
          const events: Event[] = readings.map((reading, index) =>
            index % 50 === 49
              ? "unreadable_json"
              : intent(index, [reading, prediction({ model: "other", confidence: index / 300 })]),
          );
          const whole = judge(cardOf(events));
          const shuffled = events
            .map((event) => ({ event, key: keys.next().value }))
            .sort((a, b) => a.key - b.key)
            .map(({ event }) => event);
          const permuted = judge(cardOf(shuffled));
          const ends = [0, ...cuts.map((cut) => cut % events.length), events.length].sort((a, b) => a - b);
          const merged = new TelemetryCard(DEFAULT_POLICY);
          ends.slice(1).forEach((end, index) => {
            merged.merge(cardOf(shuffled.slice(ends[index] ?? 0, end)));
          });
          expect(permuted.models).toEqual(whole.models);
          expect(permuted.ensemble).toEqual(whole.ensemble);
          expect(judge(merged).models).toEqual(whole.models);
          expect(judge(merged).ensemble).toEqual(whole.ensemble);
          expect(judge(merged).integrity.map(({ status }) => status)).toEqual(
            whole.integrity.map(({ status }) => status),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("beyond the exact sample, parts merge to the same counts, and quantiles are within the stated bound", () => {
    const readings = Array.from({ length: 50_000 }, (_, index) =>
      prediction({ action: ["BUY", "SELL", "HOLD"][index % 3] ?? "", confidence: ((index * 7919) % 50_000) / 50_000 }),
    );
    const whole = judgeModel(scorecard(readings), context());
    const merged = scorecard(readings.slice(0, 15_000));
    merged.merge(scorecard(readings.slice(15_000, 30_000)));
    merged.merge(scorecard(readings.slice(30_000)));
    const parts = judgeModel(merged, context());
    expect(parts.stats.p10).toBe(whole.stats.p10);
    expect(parts.stats.p90).toBe(whole.stats.p90);
    expect(parts.stats.std).toBeCloseTo(whole.stats.std ?? 0, 12);
    expect(Math.abs((whole.stats.p10 ?? 0) - 0.1)).toBeLessThanOrEqual(whole.stats.quantileErrorBound + 2e-5);
    expect(whole.stats.quantileErrorBound).toBeCloseTo(1e-4, 9);
    const range = whole.checks.find(({ id }) => id === "narrow_range")?.value ?? 1;
    expect(range).toBeLessThanOrEqual(0.8);
    expect(range).toBeGreaterThan(0.8 - 3e-4);
  });
});
