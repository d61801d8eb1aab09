import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { vote } from "../src/index.js";
import { hidden, junk } from "./support/hostile.js";
import { active, inactive } from "./support/predictions.js";

const weights = new Map([
  ["a", 0.5],
  ["b", 0.25],
  ["c", 0.25],
  ["shadow", 0],
]);

describe("the vote", () => {
  test("is by weight times confidence", () => {
    const predictions = [active("a", "BUY", 0.5), active("b", "SELL", 0.75), active("c", "SELL", 0.5)];
    expect(vote(predictions, { weights, quorum: 1 })).toEqual({
      kind: "decision",
      action: "SELL",
      confidence: 0.3125,
      agreeing: 2,
      active: 3,
      total: 3,
      weights: new Map([
        ["a", 0.5],
        ["b", 0.25],
        ["c", 0.25],
      ]),
    });
  });

  test("is of the active models alone, their weights renormalised", () => {
    const predictions = [inactive("a"), active("b", "SELL", 0.75), active("c", "BUY", 0.5), active("shadow", "BUY", 1)];
    expect(vote(predictions, { weights, quorum: 2 })).toEqual({
      kind: "decision",
      action: "SELL",
      confidence: 0.375,
      agreeing: 1,
      active: 2,
      total: 4,
      weights: new Map([
        ["b", 0.5],
        ["c", 0.5],
      ]),
    });
  });

  test.each([
    ["below_quorum", [active("a", "BUY", 1), inactive("b"), active("shadow", "BUY", 1)], 1],
    ["below_quorum", [inactive("a"), inactive("b")], 0],
    ["below_quorum", [], 0],
    ["no_weight", [active("shadow", "BUY", 1), inactive("a")], 0],
    ["tie", [active("a", "BUY", 0.25), active("b", "SELL", 0.5)], 2],
    ["tie", [active("a", "BUY", 0), active("b", "SELL", 0)], 2],
    ["tie", [active("a", "BUY", 0.25), active("b", "SELL", 0.5 + 1e-13)], 2],
  ] as const)("is no decision: %s", (reason, predictions, voting) => {
    expect(vote(predictions, { weights, quorum: 2 })).toEqual({
      kind: "no_decision",
      reason,
      active: voting,
      quorum: 2,
      total: predictions.length,
    });
  });

  test("a score that is larger by more than rounding is no tie", () => {
    const predictions = [active("a", "BUY", 0.25), active("b", "SELL", 0.5 + 1e-11)];
    expect(vote(predictions, { weights, quorum: 2 })).toMatchObject({ kind: "decision", action: "SELL" });
  });

  test.each([
    [Number.MIN_VALUE, Number.MIN_VALUE],
    [Number.MAX_VALUE, Number.MAX_VALUE],
    [1e-300, 1e300],
  ])("holds for the weights %d and %d", (a, b) => {
    const decision = vote([active("a", "BUY", 1), active("b", "BUY", 1)], {
      weights: new Map([
        ["a", a],
        ["b", b],
      ]),
      quorum: 2,
    });
    expect(decision).toMatchObject({ kind: "decision", confidence: 1, agreeing: 2 });
  });

  test.each([
    [[active("x", "BUY", 1)], 1, "Model x has no weight: write 0 for a model that shall not vote."],
    [[inactive("a"), active("a", "BUY", 1)], 1, "Model a has two predictions: each model votes once."],
    [[active("negative", "BUY", 1)], 1, "Model negative has the weight -1, not a finite number >= 0."],
    [[active("nan", "BUY", 1)], 1, "Model nan has the weight NaN"],
    [[], 0, "quorum must be a whole number, at least 1, not 0."],
    [[], Number.NaN, "quorum must be"],
  ])("throws on a mistake of the caller (%#)", (predictions, quorum, message) => {
    const given = new Map([...weights, ["negative", -1] as const, ["nan", Number.NaN] as const]);
    expect(() => vote(predictions, { weights: given, quorum })).toThrow(message);
  });

  test.each<[string, object]>([
    ["a confidence of NaN", { confidence: Number.NaN }],
    ["a confidence of 5", { confidence: 5 }],
    ["a confidence of -0.1", { confidence: -0.1 }],
    ["a confidence of null", { confidence: null }],
    ["a confidence that is text", { confidence: "0.9" }],
    ["no confidence", { confidence: undefined }],
    ["an action of null", { action: null }],
    ["an action of NaN", { action: Number.NaN }],
    ["an empty action", { action: "" }],
    ["no action", { action: undefined }],
    ["no status", { status: undefined }],
    ["a status of another word", { status: "ok" }],
    [
      "an action that throws when it is read",
      Object.defineProperty({}, "action", {
        get: () => {
          throw new Error("boom");
        },
        enumerable: true,
      }),
    ],
  ])("is without a prediction that has %s", (_, given) => {
    const [b, c] = [active("b", "SELL", 0.75), active("c", "BUY", 0.5)];
    const broken = Object.create(active("a", "BUY", 0.9), Object.getOwnPropertyDescriptors(given)) as ReturnType<
      typeof active
    >;
    expect(vote([broken, b, c], { weights, quorum: 2 })).toEqual(vote([inactive("a"), b, c], { weights, quorum: 2 }));
    expect(vote([broken, b], { weights, quorum: 2 })).toEqual({
      kind: "no_decision",
      reason: "below_quorum",
      active: 1,
      quorum: 2,
      total: 2,
    });
  });

  test("of predictions of any kind is a decision with a confidence in [0, 1] for a label, or none", () => {
    const or = (arbitrary: fc.Arbitrary<unknown>) => fc.oneof(arbitrary.map(hidden), junk);
    const member = fc.record(
      { status: or(fc.constant("active")), action: or(fc.constantFrom("BUY", "SELL")), confidence: or(fc.double()) },
      { requiredKeys: [] },
    );
    // What is generated is behind functions: fast-check itself looks at it.
    const told = (each: Readonly<Record<string, () => unknown>>) =>
      Object.fromEntries(Object.entries(each).map(([key, value]) => [key, value()]));
    fc.assert(
      fc.property(fc.array(member, { maxLength: 4 }), (members) => {
        const given = new Map(members.map((_, at) => [`m${at}`, 1]));
        const decision = vote(members.map((each, at) => ({ ...told(each), model: `m${at}` })) as never, {
          weights: given,
          quorum: 1,
        });
        if (decision.kind === "no_decision") return;
        expect([typeof decision.action, decision.confidence >= 0 && decision.confidence <= 1]).toEqual([
          "string",
          true,
        ]);
      }),
      { numRuns: 1000 },
    );
  });

  test("of few is that of the survivors with their weights renormalised", () => {
    const member = fc.record({
      weight: fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1, noNaN: true })),
      label: fc.constantFrom("BUY", "SELL", "HOLD"),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 8 }), fc.integer({ min: 1, max: 5 }), (members, quorum) => {
        const given = new Map(members.map(({ weight }, at) => [`m${at}`, weight]));
        const predictions = members.map(({ label, confidence, fails }, at) =>
          fails ? inactive(`m${at}`) : active(`m${at}`, label, confidence),
        );
        const decision = vote(predictions, { weights: given, quorum });

        const survivors = members.filter(({ fails, weight }) => !fails && weight > 0);
        const whole = survivors.map(({ weight }) => weight).reduce((a, b) => a + b, 0);
        const score = (label: string) =>
          survivors
            .filter((one) => one.label === label)
            .map(({ weight, confidence }) => (weight * confidence) / whole)
            .reduce((a, b) => a + b, 0);
        const [best, second] = [...new Set(survivors.map(({ label }) => label))].sort((a, b) => score(b) - score(a));
        const gap = best === undefined || second === undefined ? Infinity : score(best) - score(second);
        // Whether a gap of about the tolerance is a tie is a matter of rounding.
        fc.pre(Math.abs(gap - 1e-12) > 1e-13);

        if (survivors.length < quorum || best === undefined)
          expect(decision).toMatchObject({ kind: "no_decision", active: survivors.length });
        else if (gap <= 1e-12) expect(decision).toMatchObject({ kind: "no_decision", reason: "tie" });
        else {
          const agreeing = survivors.filter(({ label }) => label === best).length;
          expect(decision).toMatchObject({
            kind: "decision",
            action: best,
            confidence: expect.closeTo(score(best), 9),
            agreeing,
            active: survivors.length,
            total: members.length,
          });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
