import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalizedEntropy } from "../src/index.js";
import { defined, expectRefusal, NOT_FINITE, seeded, shuffled } from "./support.js";

const count = fc.oneof(fc.nat(1000), fc.double({ min: 0, max: 1e300, noNaN: true }));
const counts = fc.array(count, { minLength: 1, maxLength: 12 });

describe("normalizedEntropy", () => {
  test("null for nothing counted, 0 for one category, 1 for equal ones", () => {
    expect([normalizedEntropy([]), normalizedEntropy([0, 0]), normalizedEntropy([], 3)]).toEqual([null, null, null]);
    expect([normalizedEntropy([7]), normalizedEntropy([7, 0, 0]), normalizedEntropy([7], 1)]).toEqual([0, 0, 0]);
    expect(normalizedEntropy([5, 5, 5])).toBeCloseTo(1, 15);
    expect(normalizedEntropy([Number.MAX_VALUE, Number.MAX_VALUE])).toBe(1);
  });

  test("equals the formula on a known case", () => {
    const nats = -(0.5 * Math.log(0.5) + 0.25 * Math.log(0.25) + 0.25 * Math.log(0.25));
    expect(normalizedEntropy([2, 1, 1])).toBeCloseTo(nats / Math.log(3), 15);
    expect(normalizedEntropy([2, 1, 1], 4)).toBeCloseTo(nats / Math.log(4), 15);
  });

  test("is in [0, 1] and independent of the order", () => {
    fc.assert(
      fc.property(counts, fc.integer(), fc.nat(5), (given, seed, more) => {
        const entropy = normalizedEntropy(given, given.length + more);
        expect(normalizedEntropy(shuffled(given, seeded(seed)), given.length + more)).toBe(entropy);
        if (given.every((each) => each === 0)) expect(entropy).toBeNull();
        else {
          expect(defined(entropy)).toBeGreaterThanOrEqual(0);
          expect(defined(entropy)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("refuses a bad count, or fewer categories than occur", () => {
    for (const bad of NOT_FINITE) expectRefusal(() => normalizedEntropy([1, bad]), "not_finite");
    expectRefusal(() => normalizedEntropy([1, -1]), "out_of_range");
    expectRefusal(() => normalizedEntropy([1, 1], 1), "shape_mismatch");
    expectRefusal(() => normalizedEntropy([1], 1.5), "invalid_argument");
  });
});
