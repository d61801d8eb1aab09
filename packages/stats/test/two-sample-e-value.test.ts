import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { twoSampleLogEValue } from "../src/index.js";
import { defined, expectRefusal, seeded } from "./support.js";

const pair = fc.integer({ min: 1, max: 8 }).chain((k) => {
  const side = fc.array(fc.nat(400), { minLength: k, maxLength: k });
  return fc.tuple(side, side);
});

describe("the evidence that two samples are of different distributions", () => {
  test("equals the value computed by hand", () => {
    // Jeffreys: 2 heads 1/2 * 3/4 = 3/8, and 2 tails the same; together 2 of each, at most (1/2)^4.
    expect(defined(twoSampleLogEValue([2, 0], [0, 2]))).toBeCloseTo(Math.log((3 / 8) ** 2 * 16), 12);
    // 1 of each on both sides: 1/2 * 1/4 = 1/8 for each sequence.
    expect(defined(twoSampleLogEValue([1, 1], [1, 1]))).toBeCloseTo(Math.log((1 / 8) ** 2 * 16), 12);
  });

  test("is symmetric, the same for bins in another order, and null for an empty side", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const value = twoSampleLogEValue(a, b);
        expect(value === null).toBe([a, b].some((each) => each.every((count) => count === 0)));
        if (value === null) return;
        expect(Number.isFinite(value)).toBe(true);
        expect(defined(twoSampleLogEValue(b, a))).toBeCloseTo(value, 6);
        expect(defined(twoSampleLogEValue(a.toReversed(), b.toReversed()))).toBeCloseTo(value, 6);
      }),
    );
  });

  test("has a mean of at most 1 at every share, by enumeration of all samples of 4 and 5 coins", () => {
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
    for (const share of [0.02, 0.2, 0.5, 0.9]) {
      let mean = 0;
      for (let a = 0; a <= 4; a += 1) {
        for (let b = 0; b <= 5; b += 1) {
          const chance = choose(4, a) * choose(5, b) * share ** (a + b) * (1 - share) ** (9 - a - b);
          mean += chance * Math.exp(defined(twoSampleLogEValue([a, 4 - a], [b, 5 - b])));
        }
      }
      expect(mean).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  test("never reaches 1 / alpha in more than alpha of the runs, looked at after every value", () => {
    const random = seeded(31);
    let alarms = 0;
    for (let run = 0; run < 400; run += 1) {
      const draw = (): number => Math.floor(random() ** 2 * 5);
      const reference = [0, 0, 0, 0, 0];
      for (let index = 0; index < 300; index += 1) reference[draw()]! += 1;
      const actual = [0, 0, 0, 0, 0];
      let most = -Infinity;
      for (let index = 0; index < 400; index += 1) {
        actual[draw()]! += 1;
        most = Math.max(most, defined(twoSampleLogEValue(reference, actual)));
      }
      if (most >= Math.log(20)) alarms += 1;
    }
    expect(alarms / 400).toBeLessThanOrEqual(0.05);
  });

  test("grows without bound when the distributions differ", () => {
    expect(defined(twoSampleLogEValue([500, 500], [350, 650]))).toBeGreaterThan(Math.log(1000));
    expect(defined(twoSampleLogEValue([5000, 5000], [4900, 5100]))).toBeLessThan(0);
  });

  test("refuses what is not counts over the same bins", () => {
    expectRefusal(() => twoSampleLogEValue([1], [1, 2]), "shape_mismatch");
    expectRefusal(() => twoSampleLogEValue([0.5, 0.5], [1, 1]), "invalid_argument");
    expectRefusal(() => twoSampleLogEValue([Number.NaN, 1], [1, 1]), "not_finite");
    expectRefusal(() => twoSampleLogEValue("12" as never, [1, 1]), "invalid_argument");
  });
});
