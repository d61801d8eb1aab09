import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExactMoments, Moments, StatsError } from "../src/index.js";

function exact(values: readonly number[], most = 1): ExactMoments {
  const moments = new ExactMoments(most);
  for (const value of values) moments.add(value);
  return moments;
}

const unit = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => millionths / 1e6),
  fc.constantFrom(0, 1, 0.5, Number.MIN_VALUE, 2 ** -60, 1 - 2 ** -53),
);
const values = fc.array(unit, { minLength: 1, maxLength: 60 });

/** Exact fractions, with a common denominator: what the moments are before they are rounded. */
function trueVariance(of: readonly number[]): number {
  const bits = 1074n;
  const whole = of.map((value) => {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setFloat64(0, value);
    const raw = bytes.getBigUint64(0);
    const exponent = raw >> 52n;
    const fraction = raw & ((1n << 52n) - 1n);
    return exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  });
  const n = BigInt(of.length);
  const sum = whole.reduce((a, b) => a + b, 0n);
  const squares = whole.reduce((a, b) => a + b * b, 0n);
  const numerator = (n * squares - sum * sum) << 300n;
  const denominator = n * n;
  return Number(numerator / denominator / (1n << (2n * bits - 900n))) * 2 ** -600 * 2 ** -600;
}

describe("exact moments", () => {
  test("are the same to the last bit in any order and any parts", () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.constantFrom(1, 1e7, 3), (given, nat, most) => {
        const scaled = given.map((value) => value * most);
        const whole = exact(scaled, most);
        expect(exact(scaled.toReversed(), most).state()).toEqual(whole.state());
        const cut = nat % (given.length + 1);
        const joined = exact(scaled.slice(cut), most).merge(exact(scaled.slice(0, cut), most));
        expect(joined.moments().state()).toEqual(whole.moments().state());
        expect(ExactMoments.from(structuredClone(joined.state()), most).state()).toEqual(whole.state());
      }),
    );
  });

  test("are those of the true variance, rounded", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }), (given) => {
        const variance = exact(given).moments().variance ?? NaN;
        const truth = trueVariance(given);
        expect(Math.abs(variance - truth)).toBeLessThanOrEqual(4 * Number.EPSILON * truth);
      }),
    );
  });

  test("agree with those of Welford", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 60 }), (thousandths) => {
        const given = thousandths.map((value) => value / 1000);
        const [one, other] = [exact(given).moments(), Moments.of(given)];
        for (const key of ["mean", "std", "min", "max"] as const) expect(one[key]).toBeCloseTo(other[key] ?? NaN, 12);
        if ((other.std ?? 0) < 1e-3) return;
        for (const key of ["skewness", "kurtosis"] as const) expect(one[key]).toBeCloseTo(other[key] ?? NaN, 6);
      }),
    );
  });

  test("have a standard deviation of exactly 0 for a constant", () => {
    for (const value of [0, 1, 0.1, 0.63, 1 / 3, 2 ** -26]) {
      const moments = exact(Array.from({ length: 1000 }, () => value)).moments();
      expect([moments.mean, moments.std, moments.skewness]).toEqual([value, 0, null]);
    }
  });

  test("find a spread of one unit in the last place", () => {
    const { std } = exact([0.63, 0.63 + 2 ** -53]).moments();
    expect(std).toBe(2 ** -54);
  });

  test("are none without values", () => {
    expect(new ExactMoments(1).moments().std).toBeNull();
  });

  test("refuse what is outside, and then change nothing", () => {
    const moments = exact([0.5]);
    for (const value of [NaN, -0.1, 1.1, Infinity])
      expect(() => {
        moments.add(value);
      }).toThrow(StatsError);
    expect(moments.state()).toEqual(exact([0.5]).state());
    expect(() => moments.merge(exact([1], 2))).toThrow(StatsError);
    for (const most of [0, -1, NaN, Infinity]) expect(() => new ExactMoments(most)).toThrow(StatsError);
    const state = moments.state();
    for (const wrong of [{ n: -1 }, { sums: [1n] }, { sums: [1, 2, 3, 4] }, { min: NaN }])
      expect(() => ExactMoments.from({ ...state, ...wrong } as typeof state, 1)).toThrow(StatsError);
  });
});
