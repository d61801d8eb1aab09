import { CANARY_SHARES, sameWeights } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canaryWeights, describeWeights } from "../../src/operation/weights.js";

const baselines = fc
  .dictionary(fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/), fc.double({ min: 0.001, max: 1, noNaN: true }), {
    minKeys: 2,
    maxKeys: 8,
  })
  .map((raw) => {
    const sum = Object.values(raw).reduce((total, weight) => total + weight, 0);
    return Object.fromEntries(Object.entries(raw).map(([name, weight]) => [name, weight / sum]));
  });

describe("a canary's weights", () => {
  test("sum to 1, give the model its share, and leave the others their proportions", () => {
    fc.assert(
      fc.property(baselines, fc.constantFrom(...CANARY_SHARES), fc.nat(), (baseline, share, pick) => {
        const names = Object.keys(baseline);
        const model = names[pick % names.length] ?? "";
        const weights = canaryWeights(baseline, model, share);
        const others = names.filter((name) => name !== model);
        expect(Object.values(weights).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
        expect(weights[model]).toBeCloseTo(share, 7);
        expect(Object.keys(weights).sort()).toEqual(names.sort());
        const rest = others.reduce((sum, name) => sum + (baseline[name] ?? 0), 0);
        for (const name of others) {
          expect(weights[name]).toBeGreaterThanOrEqual(0);
          expect(weights[name]).toBeCloseTo(((baseline[name] ?? 0) / rest) * (1 - share), 7);
        }
      }),
    );
  });

  test.each<[string, Record<string, number>, string, 0.1 | 1]>([
    ["others without any weight", { a: 1, b: 0 }, "a", 0.1],
    ["no others", { a: 1 }, "a", 0.1],
  ])("are refused for %s", (_, baseline, model, share) => {
    expect(() => canaryWeights(baseline, model, share)).toThrow(expect.objectContaining({ code: "invalid_weights" }));
  });

  test.each([
    ["with weight 0", { a: 0.75, b: 0.25, c: 0 }, "c"],
    ["that the engine gives no weight", { a: 0.75, b: 0.25 }, "c"],
    ["whose name every object has", { a: 0.75, b: 0.25 }, "constructor"],
  ])("of a shadow %s are its share, and the others' old proportions of the rest", (_, baseline, model) => {
    expect(canaryWeights(baseline, model, 0.1)).toEqual({ a: 0.675, b: 0.225, [model]: 0.1 });
  });

  test("of the whole vote need no others", () => {
    expect(canaryWeights({ a: 1, b: 0 }, "a", 1)).toEqual({ a: 1, b: 0 });
  });
});

test("weights are equal model by model, within rounding", () => {
  expect(sameWeights({ a: 0.5, b: 0.5 }, { b: 0.5000009, a: 0.5 })).toBe(true);
  expect(sameWeights({ a: 0.5, b: 0.5 }, { b: 0.500002, a: 0.5 })).toBe(false);
  expect(sameWeights({ a: 1 }, { a: 1, b: 0 })).toBe(true);
  expect(sameWeights({ a: 1 }, { a: 1, b: 0.1 })).toBe(false);
  expect(sameWeights({}, { a: 0.1 })).toBe(false);
});

test("weights are written with at most nine digits", () => {
  expect(describeWeights({ a: 1 / 3, b: 0.1 })).toBe("a 0.333333333, b 0.1");
});
