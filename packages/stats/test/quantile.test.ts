import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quantile, quantileAtRank, quantileInterval, sortedCopy } from "../src/index.js";
import { atMost, choose, errorOf, exactAtRank, fraction, ratio, type Fraction } from "./exact.js";
import { defined, expectRefusal, gaussian, NOT_FINITE, seeded, U } from "./support.js";

const QUANTILES = [0, 0.001, 0.1, 0.25, 0.5, 0.7, 0.9, 0.95, 0.999, 1];
const random = seeded(11);
const DATA: Record<string, () => number> = {
  uniform: random,
  normal: gaussian(random),
  "four decimals": () => Math.round(random() * 1e4) / 1e4,
  "mixed magnitudes": () => (random() - 0.5) * 10 ** (random() * 40 - 20),
  constant: () => 0.1,
};

describe("quantile", () => {
  for (const [name, draw] of Object.entries(DATA)) {
    test(`is the exact interpolation but for the last place: ${name} data, seed 11, n 1 to 1000`, () => {
      for (const n of [1, 2, 3, 10, 99, 100, 1000]) {
        const sorted = sortedCopy(Array.from({ length: n }, draw));
        for (const p of QUANTILES) {
          const rank = p * (n - 1);
          const ends = [sorted[Math.floor(rank)] ?? NaN, sorted[Math.ceil(rank)] ?? NaN];
          const allowed = 3 * U * Math.max(...ends.map(Math.abs));
          expect(errorOf(defined(quantile(sorted, p)), exactAtRank(sorted, rank))).toBeLessThanOrEqual(allowed);
          expect(quantileAtRank(sorted, rank)).toBe(quantile(sorted, p));
        }
      }
    });
  }

  test("rises with p and stays between the neighbours", () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 20 }), unit, unit, (given, a, b) => {
        const sorted = sortedCopy(given);
        const [p, q] = a < b ? [a, b] : [b, a];
        const low = defined(quantile(sorted, p));
        expect(low).toBeGreaterThanOrEqual(Math.min(...given));
        expect(defined(quantile(sorted, q))).toBeLessThanOrEqual(Math.max(...given));
        if (Math.floor(p * (given.length - 1)) < Math.floor(q * (given.length - 1))) {
          expect(low).toBeLessThanOrEqual(defined(quantile(sorted, q)));
        }
      }),
    );
  });

  test("is null without values, and refuses invalid arguments", () => {
    expect([quantile([], 0.5), quantileAtRank([], 3), quantileInterval([], 0.5)]).toEqual([null, null, null]);
    for (const bad of [-0.1, 1.1, NaN]) expectRefusal(() => quantile([1], bad), "invalid_probability");
    for (const bad of [-0.1, 1.5]) expectRefusal(() => quantileAtRank([1, 2], bad), "out_of_range");
    for (const bad of NOT_FINITE) {
      expectRefusal(() => sortedCopy([1, bad]), "not_finite");
      expectRefusal(() => quantile([bad], 0.5), "not_finite");
      expectRefusal(() => quantileAtRank([1, 2], bad), "not_finite");
    }
    expectRefusal(() => quantile([2, 1], 0.5), "invalid_argument");
  });

  test("the largest doubles of opposite sign do not overflow", () => {
    expect(quantile([-Number.MAX_VALUE, Number.MAX_VALUE], 0.5)).toBe(0);
  });

  test("sortedCopy sorts numerically and does not change its input", () => {
    const given = [10, 9, -1, 2];
    expect([...sortedCopy(given)]).toEqual([-1, 2, 9, 10]);
    expect(given).toEqual([10, 9, -1, 2]);
  });
});

/** P(from <= B <= to) exactly, B ~ Binomial(n, p), with the double p as a fraction. */
function binomialMass(n: number, p: number, from: number, to: number): Fraction {
  const { num, den } = fraction(p);
  let sum = 0n;
  for (let k = from; k <= to; k += 1) sum += choose(n, k) * num ** BigInt(k) * (den - num) ** BigInt(n - k);
  return ratio(sum, den ** BigInt(n));
}

describe("quantileInterval", () => {
  for (const p of [0.1, 0.5, 0.9, 0.95]) {
    test(`covers p = ${p} with at least the confidence, by exact enumeration, n 1 to 80`, () => {
      for (const n of [1, 2, 5, 8, 10, 12, 20, 35, 36, 60, 80]) {
        const indices = Array.from({ length: n }, (_, i) => i);
        for (const confidence of [0.01, 0.6, 0.9, 0.95, 0.99]) {
          const { low, high, attained } = defined(quantileInterval(indices, p, confidence));
          // The values are their own positions: low = l - 1, high = u - 1, coverage P(l <= B <= u - 1).
          const covered = binomialMass(n, p, low + 1, high);
          expect(atMost(fraction(confidence), covered)).toBe(attained);
          if (!attained) expect([low, high]).toEqual([0, n - 1]);
          const point = defined(quantile(indices, p));
          expect(low <= point && point <= high).toBe(true);
        }
      }
    });
  }

  test("neither tail could drop one more value", () => {
    const n = 80;
    const indices = Array.from({ length: n }, (_, i) => i);
    const { low, high } = defined(quantileInterval(indices, 0.5, 0.95));
    const tail = fraction(0.025);
    expect(atMost(binomialMass(n, 0.5, 0, low), tail)).toBe(true);
    expect(atMost(binomialMass(n, 0.5, 0, low + 1), tail)).toBe(false);
    expect(atMost(binomialMass(n, 0.5, high + 1, n), tail)).toBe(true);
    expect(atMost(binomialMass(n, 0.5, high, n), tail)).toBe(false);
  });

  test("known order statistics of the median, and a large n", () => {
    const indices = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
    expect(quantileInterval(indices(10), 0.5)).toEqual({ low: 2, high: 9, attained: true });
    expect(quantileInterval(indices(100), 0.5)).toEqual({ low: 40, high: 61, attained: true });
    const { low, high } = defined(quantileInterval(indices(200_000), 0.9));
    // 180,000 plus or minus 1.96 sqrt(18,000), apart from rounding outwards.
    expect(Math.abs(low - 179_737)).toBeLessThanOrEqual(2);
    expect(Math.abs(high - 180_264)).toBeLessThanOrEqual(2);
  });

  test("constant values give that value; p of 0 and 1 are never attained", () => {
    expect(quantileInterval(Array(50).fill(0.3), 0.5)).toEqual({ low: 0.3, high: 0.3, attained: true });
    for (const p of [0, 1]) expect(quantileInterval([1, 2, 3], p)).toEqual({ low: 1, high: 3, attained: false });
    for (const bad of [0, 1, NaN]) expectRefusal(() => quantileInterval([1], 0.5, bad), "invalid_probability");
  });
});
