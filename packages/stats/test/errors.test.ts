import { expect, test } from "vitest";
import { Moments, quantile, STATS_ERROR_CODES, StatsError } from "../src/index.js";

test("a refusal is an Error with a code, and its message names the value and what was expected", () => {
  const error = new StatsError(STATS_ERROR_CODES.notFinite, "value is NaN: expected a finite number");
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code]).toEqual(["StatsError", "not_finite"]);
  expect(() => new Moments().add(NaN)).toThrow(error.message);
  expect(() => quantile([1], 1.5)).toThrow("p is 1.5: expected a number in [0, 1]");
});

test("codes are unique and equal their names on the wire", () => {
  const codes = Object.values(STATS_ERROR_CODES);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
});
