import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAbove, isBelow, Moments } from "../src/index.js";

const any = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 0.05, 0.7, NaN, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE),
);

describe("a value against its limit", () => {
  test("that equals it in decimal is neither above nor below, however it was computed", () => {
    for (const [value, limit] of [
      [0.1 + 0.2, 0.3],
      [0.7 * 3, 2.1],
      [1 - 0.9, 0.1],
      [0.9 - 0.1, 0.8],
      [14_000 / 20_000, 0.7],
    ] as const) {
      expect([isAbove(value, limit), isBelow(value, limit)]).toEqual([false, false]);
    }
  });

  test("a deviation of exactly 0.05 is not below 0.05, whatever the mean", () => {
    const wrong: number[] = [];
    for (let percent = 5; percent <= 95; percent += 1) {
      const values = Array.from({ length: 200 }, (_, i) =>
        Number(((percent + (i % 2 === 0 ? 5 : -5)) / 100).toFixed(2)),
      );
      const { std } = Moments.of(values);
      if (std === null || isBelow(std, 0.05) || isAbove(std, 0.05)) wrong.push(percent);
    }
    expect(wrong).toEqual([]);
  });

  test("distinguishes one more or less in 1e9, and any step of a billionth of the limit", () => {
    expect([isAbove(700_000_001 / 1e9, 0.7), isBelow(699_999_999 / 1e9, 0.7)]).toEqual([true, true]);
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (limit) => {
        expect(isAbove(limit * (1 + 1e-9), limit)).toBe(true);
        expect(isBelow(limit * (1 - 1e-9), limit)).toBe(true);
      }),
    );
  });

  test("has no tolerance at a limit of 0", () => {
    for (const value of [Number.MIN_VALUE, 1e-300, 1])
      expect([isAbove(value, 0), isBelow(-value, 0)]).toEqual([true, true]);
    expect([isAbove(0, 0), isBelow(-0, 0), isAbove(-1, 0), isBelow(1, 0)]).toEqual([false, false, false, false]);
  });

  test.each([[null], [undefined], ["5"], [""], [true], [1n], [Symbol("s")], [[]], [{}]])(
    "%s is not a number, and is beyond the limit in either direction",
    (wrong) => {
      for (const [value, limit] of [
        [wrong, 0.05],
        [0.05, wrong],
        [wrong, wrong],
      ] as [number, number][]) {
        expect([isAbove(value, limit), isBelow(value, limit)]).toEqual([true, true]);
      }
    },
  );

  test("NaN on either side is beyond the limit in either direction", () => {
    fc.assert(
      fc.property(any, (other) => {
        for (const [value, limit] of [
          [NaN, other],
          [other, NaN],
        ] as const)
          expect([isAbove(value, limit), isBelow(value, limit)]).toEqual([true, true]);
      }),
    );
  });

  test("an infinity equals only itself", () => {
    expect([isAbove(Infinity, 1), isAbove(Infinity, Infinity), isAbove(1, Infinity), isAbove(1, -Infinity)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([isBelow(-Infinity, 1), isBelow(-Infinity, -Infinity), isBelow(1, Infinity), isBelow(Infinity, 1)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test("no number is both above and below, and the two mirror each other", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        expect(isAbove(a, b) && isBelow(a, b)).toBe(false);
        expect(isAbove(a, b)).toBe(isBelow(b, a));
        expect(isAbove(a, b)).toBe(isBelow(-a, -b));
        if (isAbove(a, b)) expect(a).toBeGreaterThan(b);
      }),
    );
  });
});
