import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RollingMoments } from "../src/index.js";
import { errorOf, exactMoments, toNumber } from "./exact.js";
import { defined, expectRefusal, NOT_FINITE, seeded, U } from "./support.js";

/** Checks the window against the accuracy of `Moments` over the same values, whatever has left it. */
function expectWindow(rolling: RollingMoments, last: readonly number[]): void {
  const exact = exactMoments(last);
  const variance = toNumber(exact.variance);
  const spread = Math.sqrt(variance);
  const condition = variance === 0 ? 0 : last.length * U * Math.hypot(1, toNumber(exact.mean) / spread);
  const largest = Math.max(...last.map(Math.abs));
  expect(rolling.n).toBe(last.length);
  expect(errorOf(defined(rolling.mean), exact.mean)).toBeLessThanOrEqual(4 * last.length * U * largest);
  const allowed = 16 * condition * (1 + condition) * variance;
  expect(errorOf(defined(rolling.variance), exact.variance)).toBeLessThanOrEqual(allowed);
  expect(rolling.std).toBe(Math.sqrt(defined(rolling.variance)));
}

describe("RollingMoments", () => {
  test("nothing is defined without values; a single one has std 0", () => {
    const rolling = new RollingMoments(3);
    expect([rolling.n, rolling.full]).toEqual([0, false]);
    expect([rolling.mean, rolling.variance, rolling.std]).toEqual([null, null, null]);
    rolling.add(0.1);
    expect([rolling.n, rolling.full, rolling.mean, rolling.std]).toEqual([1, false, 0.1, 0]);
  });

  test("equals an exact recomputation at every step", () => {
    const value = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(1e12, -1e30, 0.5));
    const tiny = value.map((x) => (Math.abs(x) < 1e-100 ? 0 : x));
    fc.assert(
      fc.property(fc.array(tiny, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), (values, window) => {
        const rolling = new RollingMoments(window);
        for (const [i, x] of values.entries()) {
          rolling.add(x);
          expectWindow(rolling, values.slice(Math.max(0, i + 1 - window), i + 1));
          expect(rolling.full).toBe(i + 1 >= window);
        }
      }),
    );
  });

  for (const window of [1, 100, 257]) {
    test(`has not drifted after 100,000 steps of mixed magnitude: window ${window}, seed 5`, () => {
      const random = seeded(5);
      const scale = (): number => 10 ** (random() < 0.01 ? 15 : random() * 4);
      const values = Array.from({ length: 100_000 }, () => (random() - 0.5) * scale());
      const rolling = new RollingMoments(window);
      for (const [i, x] of values.entries()) {
        rolling.add(x);
        if (i % 997 === 0 || i > 99_990) expectWindow(rolling, values.slice(Math.max(0, i + 1 - window), i + 1));
      }
    });
  }

  test("a huge value leaves no trace: a constant window after it has std exactly 0", () => {
    const rolling = new RollingMoments(10);
    for (const x of [1e60, -1e60, 3, 1e-60]) rolling.add(x);
    for (let i = 0; i < 25; i += 1) {
      rolling.add(0.1);
      if (i >= 9) expect([rolling.std, rolling.mean]).toEqual([0, 0.1]);
    }
  });

  test("a refused value changes nothing, full or not", () => {
    const rolling = new RollingMoments(2);
    for (const x of [1, 2, 4]) {
      rolling.add(x);
      const before = [rolling.n, rolling.mean, rolling.variance];
      for (const bad of NOT_FINITE) expectRefusal(() => rolling.add(bad), "not_finite");
      expectRefusal(() => rolling.add(1e71), "out_of_range");
      expect([rolling.n, rolling.mean, rolling.variance]).toEqual(before);
    }
    expect([rolling.mean, rolling.variance]).toEqual([3, 1]);
  });

  test("refuses a window that is not a whole number >= 1", () => {
    for (const bad of [0, -1, 1e9]) expectRefusal(() => new RollingMoments(bad), "out_of_range");
    expectRefusal(() => new RollingMoments(1.5), "invalid_argument");
    expectRefusal(() => new RollingMoments(NaN), "not_finite");
  });
});
