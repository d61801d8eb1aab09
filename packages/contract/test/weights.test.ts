import fc from "fast-check";
import { expect, test } from "vitest";
import { weightsContradiction, isSameWeight, sameWeights, WEIGHT_TOLERANCE } from "../src/index.js";

test("weights that differ by a millionth are the same, in any decimal; by two they are not", () => {
  for (let thousandth = 0; thousandth <= 1000; thousandth += 1) {
    const weight = thousandth / 1000;
    expect(isSameWeight(weight, Number((weight + 1e-6).toFixed(6)))).toBe(true);
    expect(isSameWeight(weight, Number((weight + 2e-6).toFixed(6)))).toBe(false);
  }
});

test("sets are compared model by model, and a model that is not named has weight 0", () => {
  expect(sameWeights({ a: 0.5, b: 0.5 }, { b: 0.5000009, a: 0.5 })).toBe(true);
  expect(sameWeights({ a: 0.5, b: 0.5 }, { b: 0.500002, a: 0.5 })).toBe(false);
  expect(sameWeights({ a: 1 }, { a: 1, b: 0 })).toBe(true);
  expect(sameWeights({ a: 1 }, { a: 1, b: 0.1 })).toBe(false);
  expect(sameWeights({}, {})).toBe(true);
});

test("NaN is not a weight, and an inherited property name is not a model", () => {
  expect([isSameWeight(NaN, NaN), sameWeights({ a: NaN }, { a: NaN }), sameWeights({ a: 1 }, { a: NaN })]).toEqual([
    false,
    false,
    false,
  ]);
  expect(sameWeights({ constructor: 0.5 }, {})).toBe(false);
  expect(sameWeights({ constructor: 0 }, {})).toBe(true);
});

test("the order of the arguments does not matter", () => {
  const weights = fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.double({ min: 0, max: 3 * WEIGHT_TOLERANCE, noNaN: true }),
  );
  fc.assert(
    fc.property(weights, weights, (one, other) => {
      expect(sameWeights(one, other)).toBe(sameWeights(other, one));
      expect(sameWeights(one, one)).toBe(true);
    }),
  );
});

test.each([
  [null, null],
  [{ model: "a", weight: 0.1 }, null],
  [{ model: "a", weight: 0.1000009 }, null],
  [{ model: "a", weight: 0.100002 }, "the canary a has the weight 0.100002, and among the weights 0.1"],
  [{ model: "a", weight: NaN }, "the canary a has the weight NaN, and among the weights 0.1"],
  [{ model: "c", weight: 0 }, "the canary c has no weight"],
  [{ model: "constructor", weight: 0.1 }, "the canary constructor has no weight"],
])("the canary %j with the weights a = 0.1 and b = 0.9: %s", (canary, words) => {
  expect(
    weightsContradiction({
      weights: new Map([
        ["a", 0.1],
        ["b", 0.9],
      ]),
      canary,
    }),
  ).toBe(words);
});

test.each([
  [[0, 0], "every weight is 0, so that no model votes"],
  [[], "every weight is 0, so that no model votes"],
  [[0, 0.1], null],
])("the weights %j without a canary: %s", (given, words) => {
  const weights = new Map(given.map((weight, index) => [`m${index}`, weight]));
  expect(weightsContradiction({ weights, canary: null })).toBe(words);
});
