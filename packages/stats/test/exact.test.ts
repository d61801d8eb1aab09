import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorOf, exactMoments, fraction, ratio, toNumber } from "./exact.js";

describe("the exact oracle", () => {
  test("a double survives the conversion to a fraction and back", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(toNumber(fraction(x)) - x).toBe(0);
        expect(errorOf(x, fraction(x))).toBe(0);
      }),
    );
  });

  test("knows that 0.1 is not exactly a tenth, and the moments of a case computed by hand", () => {
    expect(errorOf(0.1, ratio(1n, 10n))).toBeCloseTo(5.55e-18, 20);
    const { mean, variance, third, fourth } = exactMoments([0, 0, 3]);
    expect([toNumber(mean), toNumber(variance), third, fourth]).toEqual([1, 2, 2, 6]);
  });
});
