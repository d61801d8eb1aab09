import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { histogramCounts, psi } from "../src/index.js";
import { defined, expectRefusal, NOT_FINITE } from "./support.js";

const counts = fc.array(fc.nat(1000), { minLength: 1, maxLength: 12 });
const pair = fc.integer({ min: 1, max: 12 }).chain((k) => {
  const side = fc.array(fc.nat(1000), { minLength: k, maxLength: k });
  return fc.tuple(side, side);
});

describe("psi", () => {
  test("is finite, >= 0 and symmetric", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const empty = [a, b].some((each) => each.every((count) => count === 0));
        // Two totals of 1 could be shares, and are refused.
        fc.pre([a, b].some((side) => side.reduce((sum, count) => sum + count, 0) !== 1));
        const index = psi(a, b);
        expect(index === null).toBe(empty);
        if (index === null) return;
        expect(index).toBeGreaterThanOrEqual(0);
        expect(index).toBeLessThan(Infinity);
        expect(psi(b, a)).toBe(index);
      }),
    );
  });

  test("is exactly 0 for equal proportions, whatever the totals", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 1000 }), (reference, times) => {
        fc.pre(reference.reduce((sum, count) => sum + count, 0) > 1);
        expect(
          psi(
            reference,
            reference.map((count) => count * times),
          ),
        ).toBe(0);
      }),
    );
  });

  test("approaches the plain index if no bin is sparse", () => {
    const plain = (0.6 - 0.5) * Math.log(0.6 / 0.5) + (0.4 - 0.5) * Math.log(0.4 / 0.5);
    expect(psi([5e8, 5e8], [6e8, 4e8])).toBeCloseTo(plain, 8);
  });

  test("smooths an empty bin as stated", () => {
    // Two bins, so two pseudo-counts, spread like the mean distribution (0.75, 0.25); totals 8 and 8.
    const [r, a] = [(4 + 1.5) / 10, (8 + 1.5) / 10];
    const expected = (a - r) * Math.log(a / r) + (r - a) * Math.log((1 - a) / (1 - r));
    expect(psi([4, 4], [8, 0])).toBeCloseTo(expected, 14);
    expect(defined(psi([1e6, 0], [45, 5]))).toBeGreaterThan(0.25);
  });

  test("is null for an empty side, 0 for one bin, and refuses invalid counts", () => {
    expect([psi([], []), psi([0], [1]), psi([1], [0]), psi([3], [8])]).toEqual([null, null, null, 0]);
    expectRefusal(() => psi([1, 2], [1]), "shape_mismatch");
    expectRefusal(() => psi([1, -2], [1, 2]), "out_of_range");
    for (const bad of NOT_FINITE) expectRefusal(() => psi([1, 2], [1, bad]), "not_finite");
  });
});

describe("shares instead of counts", () => {
  const deciles = Array.from({ length: 10 }, () => 0.1);
  const shifted = [0.02, 0.03, 0.05, 0.06, 0.08, 0.1, 0.12, 0.14, 0.17, 0.23];

  test("are refused on either side or both, and the message says what to pass instead", () => {
    const counts = Array.from({ length: 10 }, () => 100);
    for (const [reference, actual] of [
      [deciles, shifted],
      [deciles, counts],
      [counts, shifted],
    ] as const) {
      expectRefusal(() => psi(reference, actual), "invalid_argument");
      expect(() => psi(reference, actual)).toThrow(/multiply shares by the number of values/);
    }
    expectRefusal(() => psi([1, 0], [0, 1]), "invalid_argument");
    expectRefusal(() => psi([10.5, 20], [10, 20]), "invalid_argument");
  });

  test("give the index of the shares after multiplying as the message says", () => {
    const times = (shares: readonly number[]) => shares.map((share) => Math.round(share * 1e6));
    const plain = deciles.reduce(
      (sum, r, bin) => sum + ((shifted[bin] ?? 0) - r) * Math.log((shifted[bin] ?? 0) / r),
      0,
    );
    expect(psi(times(deciles), times(shifted))).toBeCloseTo(plain, 3);
  });
});

describe("histogramCounts", () => {
  test("an edge belongs to the bin above it, and the outer bins are open", () => {
    expect(histogramCounts([0, 1], [-1e300, -0.1, 0, 0.5, 1, 1e300])).toEqual([2, 2, 2]);
    expect([histogramCounts([], [1, 2]), histogramCounts([0], [])]).toEqual([[2], [0, 0]]);
  });

  test("equals a count by definition, and parts sum to the whole", () => {
    const edgeSets = fc.uniqueArray(fc.integer({ min: -20, max: 20 }), { maxLength: 8 });
    fc.assert(
      fc.property(edgeSets, fc.array(fc.integer({ min: -25, max: 25 })), fc.nat(), (unsorted, values, cut) => {
        const edges = unsorted.sort((a, b) => a - b);
        const bounds = [-Infinity, ...edges, Infinity];
        const expected = edges.concat(0).map((_, i) => {
          const [low, high] = [bounds[i] ?? NaN, bounds[i + 1] ?? NaN];
          return values.filter((x) => low <= x && x < high).length;
        });
        expect(histogramCounts(edges, values)).toEqual(expected);
        const at = cut % (values.length + 1);
        const second = histogramCounts(edges, values.slice(at));
        expect(histogramCounts(edges, values.slice(0, at)).map((count, i) => count + (second[i] ?? 0))).toEqual(
          expected,
        );
      }),
    );
  });

  test("invalid edges and values are refused", () => {
    for (const bad of NOT_FINITE) {
      expectRefusal(() => histogramCounts([0], [bad]), "not_finite");
      expectRefusal(() => histogramCounts([bad], []), "not_finite");
    }
    for (const bad of [
      [1, 0],
      [1, 1],
    ])
      expectRefusal(() => histogramCounts(bad, []), "invalid_argument");
  });
});
