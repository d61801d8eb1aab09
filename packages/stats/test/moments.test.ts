import fc from "fast-check";
import { all, create } from "mathjs";
import { describe, expect, test } from "vitest";
import { MAX_MAGNITUDE, Moments, StatsError } from "../src/index.js";
import { errorOf, exactMoments, scaled, toNumber } from "./exact.js";
import { defined, expectRefusal, gaussian, NOT_FINITE, seeded, shuffled, U } from "./support.js";

const math = create(all ?? {}, { number: "BigNumber", precision: 64 });

/** Either 0 or not below 1e-100, where squares underflow. */
const value = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => (Math.abs(x) < 1e-100 ? 0 : x)),
  fc.double({ min: 0, max: 1, noNaN: true }).map((x) => 1e8 + x),
  fc.double({ min: -1e30, max: 1e30, noNaN: true }).map((x) => (Math.abs(x) < 1e-100 ? 0 : x)),
  fc.constantFrom(0, 0.5, 1),
);
const allowed = fc.double({ min: -MAX_MAGNITUDE, max: MAX_MAGNITUDE, noNaN: true });
const values = fc.array(value, { minLength: 1, maxLength: 60 });
const parts = fc.array(fc.array(value, { maxLength: 20 }), { minLength: 1, maxLength: 8 });

/** Checks the moments of `given` against the stated errors. */
function expectExact(moments: Moments, given: readonly number[]): void {
  const exact = exactMoments(given);
  const n = given.length;
  const variance = toNumber(exact.variance);
  const mean = toNumber(exact.mean);
  const largest = Math.max(...given.map(Math.abs));
  expect(moments.n).toBe(n);
  expect(errorOf(defined(moments.mean), exact.mean)).toBeLessThanOrEqual(4 * n * U * largest);
  const condition = variance === 0 ? 0 : n * U * Math.sqrt(1 + (mean * mean) / variance);
  const allowed = 16 * condition * (1 + condition) * variance;
  expect(errorOf(defined(moments.variance), exact.variance)).toBeLessThanOrEqual(allowed);
  expect(moments.min).toBe(Math.min(...given));
  expect(moments.max).toBe(Math.max(...given));
}

describe("Moments", () => {
  test("nothing is defined without values", () => {
    const { n, mean, variance, std, skewness, kurtosis, min, max } = new Moments();
    expect(n).toBe(0);
    expect([mean, variance, std, skewness, kurtosis, min, max]).toEqual(Array(7).fill(null));
  });

  test("a single value has std 0 and no shape", () => {
    const { mean, std, skewness, kurtosis } = Moments.of([0.1]);
    expect({ mean, std, skewness, kurtosis }).toEqual({ mean: 0.1, std: 0, skewness: null, kurtosis: null });
  });

  test("a constant input has std exactly 0, added or merged", () => {
    fc.assert(
      fc.property(allowed, fc.nat(50), fc.nat(50), (x, a, b) => {
        const merged = Moments.of(Array(a + 1).fill(x)).merge(Moments.of(Array(b).fill(x)));
        // -0 counts as 0.
        expect([merged.std, merged.mean, merged.n]).toEqual([0, x + 0, a + b + 1]);
      }),
    );
  });

  test("mean and variance stay within the stated error of the exact rationals", () => {
    fc.assert(
      fc.property(values, (given) => expectExact(Moments.of(given), given)),
      { numRuns: 500 },
    );
  });

  test("a merge of parts equals the whole, in any split and any order", () => {
    fc.assert(
      fc.property(parts, fc.integer(), (split, seed) => {
        const whole = split.flat();
        fc.pre(whole.length > 0);
        const merged = shuffled(split, seeded(seed))
          .map((part) => Moments.of(part))
          .reduce((total, part) => total.merge(part), new Moments());
        expectExact(merged, whole);
      }),
      { numRuns: 500 },
    );
  });

  test("std agrees with mathjs at 64 digits", () => {
    const unit = math.pow(math.bignumber(2), math.bignumber(1074));
    const exactly = (x: number): unknown => math.divide(math.bignumber(scaled(x).toString()), unit as never);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 30 }), (given) => {
        const std = Number(String(math.std(given.map(exactly) as never, "uncorrected")));
        const { mean, std: ours } = Moments.of(given);
        const condition = std === 0 ? 0 : Math.hypot(1, defined(mean) / std);
        expect(Math.abs(defined(ours) - std)).toBeLessThanOrEqual(16 * given.length * U * condition * std + 1e-150);
      }),
    );
  });

  for (const [name, shape] of Object.entries({
    normal: (_: number, normal: number) => 5 + normal,
    skewed: (uniform: number) => -Math.log(1 - uniform),
    shifted: (uniform: number) => 1e6 + uniform,
    "two points": (uniform: number) => (uniform < 0.1 ? 1 : 0),
  })) {
    test(`skewness and kurtosis equal the exact ones, ${name} data, seed 7, n 2 to 1000`, () => {
      const random = seeded(7);
      const normal = gaussian(random);
      for (const n of [2, 3, 10, 100, 1000]) {
        const given = Array.from({ length: n }, () => shape(random(), normal()));
        const exact = exactMoments(given);
        const variance = toNumber(exact.variance);
        const middle = Math.floor(n / 3);
        const merged = Moments.of(given.slice(0, middle)).merge(Moments.of(given.slice(middle)));
        for (const moments of [Moments.of(given), merged]) {
          if (variance === 0) {
            expect([moments.skewness, moments.kurtosis]).toEqual([null, null]);
            continue;
          }
          const kurtosis = exact.fourth / variance ** 2;
          const allowed = 32 * n * U * Math.hypot(1, toNumber(exact.mean) / Math.sqrt(variance)) * kurtosis;
          expect(Math.abs(defined(moments.skewness) - exact.third / variance ** 1.5)).toBeLessThanOrEqual(allowed);
          expect(Math.abs(defined(moments.kurtosis) - kurtosis)).toBeLessThanOrEqual(allowed);
        }
      }
    });
  }

  test("merge does not change its argument, and works with an empty side and with itself", () => {
    const other = Moments.of([1, 2]);
    const merged = new Moments().merge(other);
    merged.add(9);
    merged.merge(new Moments());
    expect([other.n, other.mean, merged.n, merged.mean]).toEqual([2, 1.5, 3, 4]);
    const twice = Moments.of([0, 1, 5]);
    expectExact(twice.merge(twice), [0, 1, 5, 0, 1, 5]);
  });

  test("a refused value changes nothing", () => {
    const moments = Moments.of([0.25, 0.75]);
    for (const bad of NOT_FINITE) expectRefusal(() => moments.add(bad), "not_finite");
    expectRefusal(() => moments.add("1" as never), "not_finite");
    expectRefusal(() => moments.add(1.1e70), "out_of_range");
    expectExact(moments, [0.25, 0.75]);
  });

  test("the largest magnitudes stay finite", () => {
    const extremes = Moments.of(Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? MAX_MAGNITUDE : -MAX_MAGNITUDE)));
    expect(extremes.kurtosis).toBeCloseTo(1, 12);
    expect(extremes.std).toBeCloseTo(MAX_MAGNITUDE, -60);
  });

  test("a spread whose fourth power underflows has a std and no shape", () => {
    const { std, kurtosis } = Moments.of([1e-80, -1e-80]);
    expect(std).toBeCloseTo(1e-80, 90);
    expect(kurtosis).toBeNull();
  });
});

test("continues from a state as if it had never stopped, to the last bit", () => {
  fc.assert(
    fc.property(parts, fc.array(value), (before, after) => {
      const given = before.flat();
      const whole = Moments.of([...given, ...after]);
      const resumed = Moments.from(structuredClone(Moments.of(given).state()));
      for (const x of after) resumed.add(x);
      expect(resumed.state()).toEqual(whole.state());
    }),
  );
  expect(() => Moments.from({ ...new Moments().state(), n: -1 })).toThrow(StatsError);
});
