import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sameDistributionP } from "../src/index.js";
import { defined, expectRefusal, seeded } from "./support.js";

const pair = fc.integer({ min: 2, max: 12 }).chain((k) => {
  const side = fc.array(fc.nat(500), { minLength: k, maxLength: k });
  return fc.tuple(side, side);
});

describe("whether two histograms come from one distribution", () => {
  test("equals the probability computed by hand", () => {
    // 60 of 100 against 40 of 100: G = 8.0542, Williams' divisor 1 + (2 + 2 - 1)(4 - 1) / (6 * 200) = 1.0075.
    expect(defined(sameDistributionP([60, 40], [40, 60]))).toBeCloseTo(0.00469, 5);
  });

  test("is in [0, 1], symmetric, the same for bins in another order, and 1 for equal proportions", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const p = sameDistributionP(a, b);
        expect(p === null).toBe([a, b].some((each) => each.every((count) => count === 0)));
        if (p === null) return;
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(sameDistributionP(b, a)).toBeCloseTo(p, 9);
        expect(sameDistributionP([...a].reverse(), [...b].reverse())).toBeCloseTo(p, 9);
        expect(sameDistributionP([...a, 0], [...b, 0])).toBe(p);
        expect(
          sameDistributionP(
            a,
            a.map((count) => count * 3),
          ),
        ).toBeCloseTo(1, 5);
      }),
    );
  });

  test("is exceeded about as rarely as stated, with equal and unequal bins", () => {
    const random = seeded(8);
    for (const shares of [[0.25, 0.25, 0.25, 0.25], [0.7, 0.2, 0.06, 0.04], Array.from({ length: 10 }, () => 0.1)]) {
      for (const n of [50, 200]) {
        const rounds = 4000;
        let below = 0;
        for (let round = 0; round < rounds; round += 1) {
          if (defined(sameDistributionP(drawn(shares, 1000, random), drawn(shares, n, random))) <= 0.05) below += 1;
        }
        expect(below / rounds).toBeLessThan(0.075);
        expect(below / rounds).toBeGreaterThan(0.02);
      }
    }
  });

  test("is null for an empty side and 1 for one bin, and refuses invalid counts", () => {
    expect([
      sameDistributionP([], []),
      sameDistributionP([0, 0], [1, 2]),
      sameDistributionP([3], [8]),
      sameDistributionP([3, 0], [8, 0]),
    ]).toEqual([null, null, 1, 1]);
    expectRefusal(() => sameDistributionP([1, 2], [1]), "shape_mismatch");
    expectRefusal(() => sameDistributionP([0.5, 0.5], [1, 2]), "invalid_argument");
    expectRefusal(() => sameDistributionP([1, 2], [-1, 2]), "out_of_range");
    expectRefusal(() => sameDistributionP([1, 2], [NaN, 2]), "not_finite");
  });
});

function drawn(shares: readonly number[], n: number, random: () => number): number[] {
  const counts = shares.map(() => 0);
  for (let i = 0; i < n; i += 1) {
    let rest = random();
    let bin = 0;
    while (bin < shares.length - 1 && rest >= (shares[bin] ?? 0)) {
      rest -= shares[bin] ?? 0;
      bin += 1;
    }
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}
