import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Moments, normalQuantile, stdInterval, wilsonInterval } from "../src/index.js";
import { type Fraction, fraction, multiply, ratio, subtract, toNumber } from "./exact.js";
import { defined, expectRefusal, gaussian, seeded } from "./support.js";

/** p and the normal quantile of that double, computed with mpmath 1.3 at 60 digits. */
const NORMAL: [p: number, z: number][] = [
  [1e-300, -37.047096299361199237],
  [1e-20, -9.2623400897984075796],
  [1e-9, -5.9978070150076868614],
  [0.001, -3.0902323061678135354],
  [0.025, -1.9599639845400542118],
  [0.05, -1.644853626951472688],
  [0.075, -1.4395314709384559349],
  [0.2, -0.84162123357291416552],
  [0.4, -0.25334710313579974132],
  [0.6, 0.25334710313579974132],
  [0.9, 1.2815515655446005935],
  [0.975, 1.9599639845400538556],
  [0.995, 2.5758293035489004539],
];

describe("normalQuantile", () => {
  for (const [p, z] of NORMAL) {
    test(`p = ${p} within 1e-15`, () => {
      expect(Math.abs(normalQuantile(p) / z - 1)).toBeLessThanOrEqual(1e-15);
    });
  }

  test("is 0 at one half, odd around it, and refuses everything outside its domain", () => {
    expect(normalQuantile(0.5)).toBe(0);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 511 }), (i) => {
        expect(normalQuantile(0.5 + i / 1024)).toBe(-normalQuantile(0.5 - i / 1024));
      }),
    );
    for (const bad of [0, 1, -1, 2, NaN]) expectRefusal(() => normalQuantile(bad), "invalid_probability");
  });
});

/** n (p - s/n)^2 - z^2 p (1 - p), exactly: Wilson's ends are its roots in p. */
function score(p: Fraction, successes: number, n: number, z: number): Fraction {
  const rate = ratio(BigInt(successes), BigInt(n));
  const gap = subtract(p, rate);
  const spread = multiply(p, subtract(ratio(1n, 1n), p));
  const scaledGap = multiply(ratio(BigInt(n), 1n), multiply(gap, gap));
  return subtract(scaledGap, multiply(multiply(fraction(z), fraction(z)), spread));
}

describe("wilsonInterval", () => {
  test("the ends are roots of the score equation: the exact signs differ on both sides of each", () => {
    const z = -normalQuantile((1 - 0.95) / 2);
    for (const n of [1, 2, 7, 200, 20_000, 10_000_000]) {
      for (const successes of [0, 1, 2, Math.floor(n / 3), n - 1, n].filter((s) => s >= 0 && s <= n)) {
        const { low, high } = defined(wilsonInterval(successes, n));
        const sign = (p: number): number => Math.sign(toNumber(score(fraction(p), successes, n, z)));
        if (successes === 0) expect(low).toBe(0);
        else expect([sign(low * (1 - 1e-14)), sign(low * (1 + 1e-14))]).toEqual([1, -1]);
        if (successes === n) expect(high).toBe(1);
        else expect([sign(high * (1 - 1e-14)), sign(high * (1 + 1e-14))]).toEqual([-1, 1]);
      }
    }
  });

  test("contains the rate, stays in [0, 1], and mirrors", () => {
    const trials = fc.integer({ min: 1, max: 1e6 }).chain((n) => fc.tuple(fc.nat(n), fc.constant(n)));
    fc.assert(
      fc.property(trials, fc.double({ min: 0.01, max: 0.999, noNaN: true }), ([successes, n], confidence) => {
        const { low, high } = defined(wilsonInterval(successes, n, confidence));
        expect(0 <= low && low <= successes / n && successes / n <= high && high <= 1).toBe(true);
        const mirror = defined(wilsonInterval(n - successes, n, confidence));
        expect(mirror.low).toBeCloseTo(1 - high, 13);
      }),
    );
  });

  test("is null without trials, and refuses invalid arguments", () => {
    expect(wilsonInterval(0, 0)).toBeNull();
    expectRefusal(() => wilsonInterval(2, 1), "out_of_range");
    expectRefusal(() => wilsonInterval(-1, 1), "out_of_range");
    expectRefusal(() => wilsonInterval(0.5, 1), "invalid_argument");
    expectRefusal(() => wilsonInterval(NaN, 1), "not_finite");
    expectRefusal(() => wilsonInterval(0, 0, 1), "invalid_probability");
  });
});

describe("stdInterval", () => {
  test("is null for fewer than two values and for constant ones", () => {
    for (const values of [[], [1], [1, 1, 1]]) expect(stdInterval(Moments.of(values))).toBeNull();
    expectRefusal(() => stdInterval(new Moments(), 0), "invalid_probability");
  });

  test("equals the formula, and clamps at 0", () => {
    // -1, 0, 0, 1: variance 1/2, kurtosis 2, so the spread is 2 - 1/3.
    const { low, high } = defined(stdInterval(Moments.of([-1, 0, 0, 1])));
    const margin = (1.959963984540054 * Math.SQRT1_2 * Math.sqrt(5 / 3 / 4)) / 2;
    expect(low).toBeCloseTo(Math.SQRT1_2 - margin, 14);
    expect(high).toBeCloseTo(Math.SQRT1_2 + margin, 14);
    expect(stdInterval(Moments.of([0, 1]), 0.9999)?.low).toBe(0);
  });

  const random = seeded(17);
  for (const [name, draw, truth] of [
    ["normal", gaussian(random), 1],
    ["uniform", random, Math.sqrt(1 / 12)],
    ["two-point", () => (random() < 0.3 ? 1 : 0), Math.sqrt(0.21)],
  ] as const) {
    test(`covers the true std of ${name} data about as often as stated: n 200, 1,000 samples, seed 17`, () => {
      let covered = 0;
      for (let i = 0; i < 1000; i += 1) {
        const { low, high } = defined(stdInterval(Moments.of(Array.from({ length: 200 }, draw))));
        if (low <= truth && truth <= high) covered += 1;
      }
      expect(covered).toBeGreaterThanOrEqual(920);
      expect(covered).toBeLessThanOrEqual(980);
    });
  }
});
