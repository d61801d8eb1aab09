import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BoundedHistogram, type HistogramShape, quantile, quantileAtRank, sortedCopy } from "../src/index.js";
import { atMost, exactAtRank, fraction } from "./exact.js";
import { defined, expectRefusal, NOT_FINITE, seeded, shuffled } from "./support.js";

const UNIT: HistogramShape = { low: 0, high: 1, width: 1e-4 };
const SHAPES: HistogramShape[] = [
  UNIT,
  { low: -3, high: 7, width: 0.3 },
  { low: 0.05, high: 0.95, width: 0.1 },
  { low: 1e6, high: 1e6 + 1, width: 1e-3 },
];

/** Values on centres, on edges, a unit in the last place next to them, and anywhere. */
function valuesIn({ low, high, width }: HistogramShape): fc.Arbitrary<number[]> {
  const steps = Math.floor((high - low) / width);
  const onGrid = fc.tuple(fc.nat(2 * steps), fc.constantFrom(1, 1 - 2 ** -53, 1 + 2 ** -52));
  const near = onGrid.map(([half, nudge]) => (Math.round(low / width) + half / 2) * width * nudge);
  const inside = (x: number): number => Math.min(high, Math.max(low, x));
  const anywhere = fc.double({ min: low, max: high, noNaN: true });
  return fc.array(fc.oneof(near.map(inside), anywhere), { minLength: 1, maxLength: 40 });
}

function filled(shape: HistogramShape, values: Iterable<number>): BoundedHistogram {
  const histogram = new BoundedHistogram(shape);
  for (const value of values) histogram.add(value);
  return histogram;
}

describe("BoundedHistogram", () => {
  for (const shape of SHAPES) {
    test(`bounds contain the exact quantile and are narrow: [${shape.low}, ${shape.high}] by ${shape.width}`, () => {
      const unit = fc.double({ min: 0, max: 1, noNaN: true });
      fc.assert(
        fc.property(valuesIn(shape), unit, unit, (values, p, q) => {
          const histogram = filled(shape, values);
          const sorted = sortedCopy(values);
          const { lower, upper } = defined(histogram.quantileBounds(p));
          const exact = exactAtRank(sorted, p * (values.length - 1));
          expect(atMost(fraction(lower), exact) && atMost(exact, fraction(upper))).toBe(true);
          const computed = defined(quantile(sorted, p));
          expect(lower <= computed && computed <= upper).toBe(true);
          expect(upper - lower).toBeLessThanOrEqual(histogram.errorBound);
          const [a, b] = p < q ? [p, q] : [q, p];
          const inner = defined(histogram.innerRange(a, b));
          const range = defined(quantile(sorted, b)) - defined(quantile(sorted, a));
          expect(inner).toBeGreaterThanOrEqual(0);
          expect(inner).toBeLessThanOrEqual(Math.max(0, range));
          expect(range - inner).toBeLessThanOrEqual(2 * histogram.errorBound);
        }),
        { numRuns: 200 },
      );
    });
  }

  test("the error bound is one width, apart from rounding", () => {
    expect(Math.abs(new BoundedHistogram(UNIT).errorBound - 1e-4)).toBeLessThan(1e-14);
  });

  test("grid of sizes and quantiles, seed 3", () => {
    const random = seeded(3);
    for (const n of [1, 2, 10, 101, 5000]) {
      const values = Array.from({ length: n }, () => random() ** 4);
      const histogram = filled(UNIT, values);
      const sorted = sortedCopy(values);
      for (const p of [0, 0.01, 0.1, 0.5, 0.9, 0.95, 1]) {
        const exact = defined(quantile(sorted, p));
        const { lower, upper } = defined(histogram.quantileBounds(p));
        expect(lower <= exact && exact <= upper).toBe(true);
      }
      const rank = (n - 1) * 0.37;
      const { lower, upper } = defined(histogram.rankBounds(rank));
      const exact = defined(quantileAtRank(sorted, rank));
      expect(lower <= exact && exact <= upper).toBe(true);
    }
  });

  test("every four-decimal value has a bin of its own, and the mode is that literal", () => {
    const literals = Array.from({ length: 10_001 }, (_, i) => Number((i / 10_000).toFixed(4)));
    for (const value of literals.filter((_, i) => i % 97 === 0)) {
      expect(filled(UNIT, [value]).mode()).toEqual({ value, count: 1, share: 1 });
    }
    expect(filled(UNIT, literals).mode()?.count).toBe(1);
    expect(filled(UNIT, [0.12344, 0.12336, 0.9]).mode()).toEqual({ value: 0.1234, count: 2, share: 2 / 3 });
  });

  test("ties of the mode go to the smallest value", () => {
    expect(filled(UNIT, [0.7, 0.2, 0.7, 0.2]).mode()).toEqual({ value: 0.2, count: 2, share: 0.5 });
    expect(filled({ low: -1, high: 1, width: 0.3 }, [-0.62]).mode()?.value).toBe(-0.6);
  });

  test("merged parts equal the whole", () => {
    fc.assert(
      fc.property(valuesIn({ low: 0, high: 1, width: 0.01 }), fc.integer(), fc.nat(), (values, seed, cut) => {
        const shape = { low: 0, high: 1, width: 0.01 };
        const mixed = shuffled(values, seeded(seed));
        const at = cut % (values.length + 1);
        const other = filled(shape, mixed.slice(at));
        const before = [other.n, other.mode()];
        const merged = filled(shape, mixed.slice(0, at)).merge(other);
        const whole = filled(shape, values);
        for (const p of [0, 0.1, 0.5, 0.9, 1]) expect(merged.quantileBounds(p)).toEqual(whole.quantileBounds(p));
        expect([merged.n, merged.mode()]).toEqual([whole.n, whole.mode()]);
        expect([other.n, other.mode()]).toEqual(before);
      }),
    );
  });

  test("empty, single and constant inputs", () => {
    const empty = new BoundedHistogram(UNIT);
    expect([empty.quantileBounds(0.5), empty.rankBounds(0)]).toEqual([null, null]);
    expect([empty.innerRange(0.1, 0.9), empty.mode()]).toEqual([null, null]);
    expect(filled(UNIT, [0.25]).quantileBounds(0.9)).toEqual({ lower: 0.25, upper: 0.25 });
    const constant = filled(UNIT, Array(9).fill(0.5));
    expect([constant.quantileBounds(0.1), constant.innerRange(0.1, 0.9)]).toEqual([{ lower: 0.5, upper: 0.5 }, 0]);
  });

  test("changes nothing when it refuses a value or merge", () => {
    const histogram = filled(UNIT, [0.5]);
    for (const bad of NOT_FINITE) expectRefusal(() => histogram.add(bad), "not_finite");
    for (const bad of [-1e-9, 1.0001]) expectRefusal(() => histogram.add(bad), "out_of_range");
    expectRefusal(() => histogram.merge(new BoundedHistogram({ ...UNIT, width: 1e-3 })), "shape_mismatch");
    expect([histogram.n, histogram.mode()]).toEqual([1, { value: 0.5, count: 1, share: 1 }]);
  });

  test("invalid arguments are refused", () => {
    const histogram = filled(UNIT, [0.5]);
    expectRefusal(() => histogram.quantileBounds(2), "invalid_probability");
    expectRefusal(() => histogram.rankBounds(1), "out_of_range");
    expectRefusal(() => histogram.innerRange(0.9, 0.1), "invalid_argument");
    expectRefusal(() => new BoundedHistogram({ low: 1, high: 1, width: 1 }), "invalid_argument");
    expectRefusal(() => new BoundedHistogram({ low: 0, high: 1, width: 0 }), "invalid_argument");
    expectRefusal(() => new BoundedHistogram({ low: 0, high: 1, width: 1e-9 }), "out_of_range");
    expectRefusal(() => new BoundedHistogram({ low: NaN, high: 1, width: 1 }), "not_finite");
  });
});

test("continues from a state as if it had never stopped, and refuses a state with other bins", () => {
  for (const shape of SHAPES) {
    fc.assert(
      fc.property(valuesIn(shape), valuesIn(shape), (before, after) => {
        const resumed = BoundedHistogram.from(structuredClone(filled(shape, before).state()));
        for (const x of after) resumed.add(x);
        expect(resumed.state()).toEqual(filled(shape, [...before, ...after]).state());
      }),
      { numRuns: 20 },
    );
  }
  const state = filled(UNIT, [0.5]).state();
  expect(() => BoundedHistogram.from({ ...state, counts: new Float64Array(3) })).toThrow(
    expect.objectContaining({ code: "shape_mismatch" }),
  );
});
