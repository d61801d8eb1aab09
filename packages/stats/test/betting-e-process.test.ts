import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BettingEProcess, meanLogEValue, shareLogEValue, type BettingState } from "../src/index.js";
import { expectRefusal, NOT_FINITE, seeded } from "./support.js";

function evidenceOf(xs: Iterable<number>, allowed: number): BettingEProcess {
  const evidence = new BettingEProcess(allowed);
  for (const x of xs) evidence.add(x);
  return evidence;
}

const throughJson = (evidence: BettingEProcess): BettingEProcess =>
  BettingEProcess.from(JSON.parse(JSON.stringify(evidence.state())) as BettingState);
const shares = fc.constantFrom(1e-6, 0.05, 0.5, 0.7, 0.85, 0.9999);
const observations = (maxLength: number) =>
  fc.array(fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength });

describe("BettingEProcess", () => {
  /** How the observation after a hit is bet on: with a larger allowed share, cautiously, or both. */
  const AFTER_HIT = [
    ["as usual", 0, "usual"],
    ["with a larger share", 0.5, "usual"],
    ["cautiously", 0, "cautious"],
    ["with a larger share and cautiously", 0.5, "cautious"],
  ] as const;
  const GAMES = AFTER_HIT.flatMap(([name, more, bets]) =>
    [0.05, 0.5, 0.7, 0.9].map((allowed) => [name, allowed, more, bets] as const),
  );

  test.each(GAMES)(
    "is a fair game at exactly the allowed share, with bets after a hit placed %s: the mean over all sequences is 1 (allowed %s)",
    (_, allowed, more, bets) => {
      const afterHit = allowed + more * (1 - allowed);
      // Ten observations: one more stake than at the start.
      for (const part of [1, 0.8]) {
        let mean = 0;
        for (let sequence = 0; sequence < 1024; sequence += 1) {
          const evidence = new BettingEProcess(allowed);
          let probability = 1;
          let wasHit = false;
          for (let at = 0; at < 10; at += 1) {
            const x = (sequence >> at) & 1;
            const share = wasHit ? afterHit : allowed;
            probability *= x === 1 ? part * share : 1 - part * share;
            evidence.add(x, share, wasHit ? bets : "usual");
            wasHit = x === 1;
          }
          mean += probability * Math.exp(evidence.logValue);
        }
        if (part === 1) expect(mean).toBeCloseTo(1, 12);
        else expect(mean).toBeLessThan(1);
      }
    },
  );

  test("reaches 1 / alpha in at most alpha of the streams, however each depends on its past (seed 11)", () => {
    const random = seeded(11);
    const alpha = 0.05;
    const STREAMS = 400;
    for (const allowed of [0.05, 0.7]) {
      let alarms = 0;
      for (let stream = 0; stream < STREAMS; stream += 1) {
        const evidence = new BettingEProcess(allowed);
        let last = 0;
        let highest = 0;
        for (let n = 0; n < 2500; n += 1) {
          // Below the allowed share after a hit, and at it otherwise.
          last = random() < (last === 1 && stream % 2 === 0 ? 0.9 : 1) * allowed ? 1 : 0;
          evidence.add(last);
          highest = Math.max(highest, evidence.logValue);
        }
        if (highest >= -Math.log(alpha)) alarms += 1;
      }
      expect(alarms).toBeLessThanOrEqual(alpha * STREAMS + 3 * Math.sqrt(alpha * STREAMS));
    }
  });

  test("cautious bets lose less if the share is just the allowed one, and win about as much on a total fault", () => {
    const logValueOf = (xs: readonly number[], bets: "usual" | "cautious"): number => {
      const evidence = new BettingEProcess(0.5);
      for (const x of xs) evidence.add(x, 0.5, bets);
      return evidence.logValue;
    };
    const even = Array.from({ length: 200 }, (_, at) => at % 2);
    expect(logValueOf(even, "cautious")).toBeGreaterThan(logValueOf(even, "usual"));
    const total = new Array<number>(200).fill(1);
    expect(logValueOf(total, "cautious")).toBeCloseTo(logValueOf(total, "usual"), 0);
  });

  test("finds a late fault about as fast as one from the start (seed 12)", () => {
    const random = seeded(12);
    const evidence = new BettingEProcess(0.7);
    for (let n = 0; n < 10_000; n += 1) evidence.add(random() < 0.4 ? 1 : 0);
    let needed = 0;
    for (; evidence.logValue < Math.log(3200); needed += 1) evidence.add(1);
    expect(needed).toBeGreaterThan(Math.log(3200) / Math.log(1 / 0.7));
    expect(needed).toBeLessThan(70);
  });

  test("grows with each observation, and faster with forbidden ones", () => {
    fc.assert(
      fc.property(
        shares,
        observations(40),
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (allowed, xs, at, larger) => {
          const more = xs.map((x, index) => (index === at % xs.length ? Math.max(x, larger) : x));
          expect(evidenceOf(more, allowed).logValue).toBeGreaterThanOrEqual(evidenceOf(xs, allowed).logValue - 1e-9);
        },
      ),
    );
    expect(evidenceOf(new Array<number>(50).fill(1), 0.7).logValue).toBeGreaterThan(
      evidenceOf(new Array<number>(50).fill(1), 0.85).logValue,
    );
  });

  test("is the closed form until the second stake", () => {
    fc.assert(
      fc.property(shares, fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 8 }), (allowed, xs) => {
        const hits = xs.filter((x) => x === 1).length;
        const expected = meanLogEValue([shareLogEValue(hits, xs.length, allowed), 0]);
        const evidence = evidenceOf(xs, allowed);
        expect(evidence.logValue).toBeCloseTo(expected ?? NaN, 9);
        for (const log of [-1, 0, 1e-9, 1, 9, evidence.logValue])
          expect(evidence.reaches(log)).toBe(evidence.logValue >= log);
      }),
    );
  });

  test("continues from a state, at any point, as if it had never stopped", () => {
    fc.assert(
      fc.property(shares, observations(60), observations(60), (allowed, before, after) => {
        const whole = evidenceOf([...before, ...after], allowed);
        const resumed = throughJson(evidenceOf(before, allowed));
        for (const x of after) resumed.add(x);
        expect(resumed.state()).toEqual(whole.state());
        expect(resumed.logValue).toBe(whole.logValue);
      }),
    );
  });

  test("neither overflows nor turns into NaN, and a state survives that", () => {
    const evidence = new BettingEProcess(0.05);
    for (let n = 0; n < 20_000; n += 1) evidence.add(1);
    expect(evidence.logValue).toBeGreaterThan(20_000 * Math.log(20) - 10);
    expect(evidence.logValue).toBeLessThanOrEqual(20_000 * Math.log(20));
    expect(throughJson(evidence).logValue).toBeCloseTo(evidence.logValue, 6);
    for (let n = 0; n < 200_000; n += 1) evidence.add(0);
    expect(evidence.logValue).not.toBeNaN();
    expect(evidence.logValue).toBeLessThan(20_000 * Math.log(20));
  });

  test("refuses an invalid observation or share and changes nothing", () => {
    const evidence = evidenceOf([1, 0, 1], 0.7);
    const before = evidence.state();
    for (const bad of NOT_FINITE) expectRefusal(() => evidence.add(bad), "not_finite");
    for (const bad of [-1e-9, 1.1]) expectRefusal(() => evidence.add(bad), "out_of_range");
    for (const bad of [0, 1, NaN, -1]) {
      expectRefusal(() => evidence.add(1, bad), "invalid_probability");
      expectRefusal(() => new BettingEProcess(bad), "invalid_probability");
    }
    expect(evidence.state()).toEqual(before);
  });

  test("refuses an invalid state", () => {
    const good = evidenceOf([1, 0, 1], 0.7).state();
    expectRefusal(() => BettingEProcess.from({ ...good, n: -1 }), "out_of_range");
    expectRefusal(() => BettingEProcess.from({ ...good, scale: NaN }), "not_finite");
    expectRefusal(() => BettingEProcess.from({ ...good, reserve: 2 }), "out_of_range");
    expectRefusal(() => BettingEProcess.from({ ...good, wealths: good.wealths.slice(1) }), "shape_mismatch");
    expectRefusal(() => BettingEProcess.from({ ...good, wealths: good.wealths.map(() => -1) }), "out_of_range");
    expectRefusal(() => BettingEProcess.from({ ...good, wealths: good.wealths.map(() => Infinity) }), "not_finite");
  });
});

describe("meanLogEValue", () => {
  test("is the mean of the values, however large", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 6 }),
        (values) => {
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
          expect(Math.exp(meanLogEValue(values.map(Math.log)) ?? NaN) / mean).toBeCloseTo(1, 9);
        },
      ),
    );
    expect(meanLogEValue([1e5, 1e5])).toBe(1e5);
    expect(meanLogEValue([-Infinity, 0])).toBeCloseTo(-Math.LN2, 12);
    expect(meanLogEValue([-Infinity])).toBe(-Infinity);
  });

  test("is null for an empty list, and refuses invalid evidence", () => {
    expect(meanLogEValue([])).toBeNull();
    for (const bad of [NaN, Infinity]) expectRefusal(() => meanLogEValue([0, bad]), "not_finite");
  });
});
