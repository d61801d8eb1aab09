import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chiSquareQuantile, chiSquareTail, normalQuantile } from "../src/index.js";
import { expectRefusal, NOT_FINITE } from "./support.js";

/** Upper quantiles from printed tables (NIST/SEMATECH e-Handbook, 1.3.6.7.4). */
const TABLE: readonly (readonly [degrees: number, risk: number, x: number])[] = [
  [1, 0.1, 2.706],
  [1, 0.05, 3.841],
  [1, 0.01, 6.635],
  [1, 0.001, 10.828],
  [2, 0.05, 5.991],
  [2, 0.001, 13.816],
  [5, 0.1, 9.236],
  [5, 0.01, 15.086],
  [9, 0.05, 16.919],
  [9, 0.01, 21.666],
  [9, 0.001, 27.877],
  [19, 0.05, 30.144],
  [19, 0.001, 43.82],
  [50, 0.05, 67.505],
  [100, 0.01, 135.807],
  [100, 0.95, 77.929],
  [9, 0.95, 3.325],
  [9, 0.99, 2.088],
];

describe("chi-square", () => {
  test.each(TABLE)("with %i degrees exceeds with probability %d the %d of the tables", (degrees, risk, x) => {
    expect(Math.abs(chiSquareQuantile(risk, degrees) - x)).toBeLessThan(0.0006);
    expect(chiSquareTail(x, degrees)).toBeCloseTo(risk, 3);
  });

  test("with two degrees is the exponential distribution, far into the tail", () => {
    for (const x of [1e-9, 0.1, 1, 3, 4, 30, 300, 1000]) {
      expect(Math.abs(chiSquareTail(x, 2) / Math.exp(-x / 2) - 1)).toBeLessThan(1e-12);
    }
    for (const risk of [0.999, 0.5, 1e-3, 1e-9, 1e-200])
      expect(chiSquareQuantile(risk, 2)).toBeCloseTo(-2 * Math.log(risk), 8);
  });

  test("with one degree is a normal variable squared", () => {
    for (const risk of [0.9, 0.5, 0.1, 0.01, 1e-4, 1e-8]) {
      expect(Math.abs(chiSquareQuantile(risk, 1) / normalQuantile(risk / 2) ** 2 - 1)).toBeLessThan(1e-11);
    }
  });

  test("with an even number is a sum of the first Poisson chances", () => {
    for (const degrees of [4, 10, 20, 100]) {
      for (const x of [0.5, 5, 20, 21, 22, 60, 150]) {
        let term = Math.exp(-x / 2);
        let sum = 0;
        for (let k = 0; k < degrees / 2; k += 1) {
          sum += term;
          term *= x / 2 / (k + 1);
        }
        expect(Math.abs(chiSquareTail(x, degrees) / sum - 1)).toBeLessThan(1e-11);
      }
    }
  });

  test("falls as x grows, rises with the degrees, and the quantile undoes the tail", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 1e-12, max: 1 - 1e-9, noNaN: true }),
        (degrees, risk) => {
          const x = chiSquareQuantile(risk, degrees);
          expect(Math.abs(chiSquareTail(x, degrees) / risk - 1)).toBeLessThan(1e-9);
          expect(chiSquareTail(x * 1.01, degrees)).toBeLessThanOrEqual(chiSquareTail(x, degrees));
          expect(chiSquareTail(x, degrees + 1)).toBeGreaterThanOrEqual(chiSquareTail(x, degrees));
        },
      ),
    );
  });

  test("covers the ends: nothing is below 0 or above infinity", () => {
    expect([chiSquareTail(0, 3), chiSquareTail(Infinity, 3), chiSquareTail(1e308, 3)]).toEqual([1, 0, 0]);
  });

  test("refuses arguments outside its domain", () => {
    for (const bad of [NaN, -Infinity]) expectRefusal(() => chiSquareTail(bad, 1), "not_finite");
    expectRefusal(() => chiSquareTail(-1, 1), "out_of_range");
    expectRefusal(() => chiSquareTail(1, 0), "out_of_range");
    expectRefusal(() => chiSquareTail(1, 1.5), "invalid_argument");
    for (const bad of NOT_FINITE) expectRefusal(() => chiSquareQuantile(0.5, bad), "not_finite");
    for (const bad of [0, 1, -1, NaN]) expectRefusal(() => chiSquareQuantile(bad, 1), "invalid_probability");
  });
});
