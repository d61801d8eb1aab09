import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fisherExactGreater } from "../src/index.js";
import { stirlingError } from "../src/stirling.js";
import { choose, errorOf, type Fraction, ratio, toNumber } from "./exact.js";
import { defined, expectRefusal } from "./support.js";

/** The upper tail by enumeration of all tables with these margins. */
function enumerated(a: number, n: number, b: number, m: number): Fraction {
  const successes = a + b;
  let tail = 0n;
  for (let x = a; x <= Math.min(n, successes); x += 1) {
    if (successes - x <= m) tail += choose(n, x) * choose(m, successes - x);
  }
  return ratio(tail, choose(n + m, successes));
}

const side = fc.integer({ min: 1, max: 150 }).chain((n) => fc.tuple(fc.nat(n), fc.constant(n)));

/** a, n, b, m and the p-value by mpmath 1.3 at 60 digits. */
const LARGE: [a: number, n: number, b: number, m: number, p: number][] = [
  [5200, 1e5, 1e5, 2e6, 0.002491002098587525181],
  [501_000, 1e7, 500_000, 1e7, 0.1528073170558480385],
  [5_000_000, 1e7, 4_990_000, 1e7, 3.8801692318807873483e-6],
  [499_900, 1e7, 500_000, 1e7, 0.54126800035590757615],
  [60, 1000, 5000, 1e7, 1.5438111554178306524e-101],
  [30, 200, 0, 1e7, 1.0860878682133247577e-142],
  [9_000_000, 1e7, 8_990_000, 1e7, 5.1759890106125780877e-14],
];

describe("fisherExactGreater", () => {
  test("equals the exact enumeration", () => {
    fc.assert(
      fc.property(side, side, ([a, n], [b, m]) => {
        const exact = enumerated(a, n, b, m);
        const p = defined(fisherExactGreater(a, n, b, m));
        expect(errorOf(p, exact) / toNumber(exact)).toBeLessThanOrEqual(1e-11);
        expect(p).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  test("equals the exact enumeration on every table with up to 8 trials per side", () => {
    for (let n = 1; n <= 8; n += 1) {
      for (let m = 1; m <= 8; m += 1) {
        for (let a = 0; a <= n; a += 1) {
          for (let b = 0; b <= m; b += 1) {
            const exact = enumerated(a, n, b, m);
            const p = defined(fisherExactGreater(a, n, b, m));
            expect(errorOf(p, exact)).toBeLessThanOrEqual(1e-12 * toNumber(exact));
          }
        }
      }
    }
  });

  for (const [a, n, b, m, exact] of LARGE) {
    test(`${a} of ${n} against ${b} of ${m} within 1e-9`, () => {
      expect(Math.abs(defined(fisherExactGreater(a, n, b, m)) / exact - 1)).toBeLessThanOrEqual(1e-9);
    });
  }

  test("is 1 far below the mean, even if one group is much larger than the other", () => {
    expect(fisherExactGreater(10, 1e6, 500_000, 1e6)).toBe(1);
    const total = 1e9 + 2;
    const exact = ratio(11n * 10n, BigInt(total) * BigInt(total - 1));
    expect(errorOf(defined(fisherExactGreater(2, 2, 9, 1e9)), exact) / toNumber(exact)).toBeLessThanOrEqual(1e-9);
  });

  test("is null without trials, 1 without any evidence, and 0 below the smallest double", () => {
    expect([fisherExactGreater(0, 0, 1, 2), fisherExactGreater(1, 2, 0, 0)]).toEqual([null, null]);
    for (const [a, b] of [
      [0, 3],
      [5, 5],
      [0, 0],
    ] as const)
      expect(fisherExactGreater(a, 5, b, 5)).toBe(1);
    expect(fisherExactGreater(1e7, 1e7, 0, 1e7)).toBe(0);
  });

  test("invalid counts are refused", () => {
    expectRefusal(() => fisherExactGreater(2, 1, 0, 1), "out_of_range");
    expectRefusal(() => fisherExactGreater(0, 1, 2, 1), "out_of_range");
    expectRefusal(() => fisherExactGreater(-1, 1, 0, 1), "out_of_range");
    expectRefusal(() => fisherExactGreater(0, 2e9, 0, 1), "out_of_range");
    expectRefusal(() => fisherExactGreater(0.5, 1, 0, 1), "invalid_argument");
    expectRefusal(() => fisherExactGreater(NaN, 1, 0, 1), "not_finite");
  });
});

/** n and the error by mpmath 1.3 at 50 digits. */
const STIRLING: [n: number, error: number][] = [
  [1, 0.0810614667953272582],
  [15, 0.00555473355196280137],
  [16, 0.00520765591960964044],
  [20, 0.00416631969199692246],
  [100, 0.000833330555634914683],
  [10000000, 8.33333333333333056e-9],
];

describe("stirlingError", () => {
  for (const [n, error] of STIRLING) {
    test(`n = ${n} within ${n < 16 ? 1e-14 : 2e-16}`, () => {
      expect(Math.abs(stirlingError(n) - error)).toBeLessThanOrEqual(n < 16 ? 1e-14 : 2e-16);
    });
  }

  test("completes Stirling's formula to log(n!) for every n up to 170", () => {
    let factorial = 1n;
    for (let n = 1; n <= 170; n += 1) {
      factorial *= BigInt(n);
      const formula = (n + 0.5) * Math.log(n) - n + Math.log(2 * Math.PI) / 2;
      expect(Math.abs(stirlingError(n) + formula - Math.log(Number(factorial)))).toBeLessThan(4e-13);
    }
  });
});
