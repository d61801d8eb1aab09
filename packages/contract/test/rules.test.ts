import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { invalidOption, QscError, rules, showValue, type Rule } from "../src/index.js";

function refusal(rule: Rule, value: unknown): string | null {
  try {
    rule(value, "options");
    return null;
  } catch (thrown) {
    if (!(thrown instanceof QscError)) throw thrown;
    expect(thrown.code).toBe("invalid_option");
    return thrown.message;
  }
}

describe("a rule", () => {
  test.each<[Rule, unknown, string]>([
    [rules.count, Number.NaN, "options is NaN; it must be a whole number from 0 to 9007199254740991."],
    [rules.count, 2 ** 53, "options is 9007199254740992; it must be"],
    [rules.wholeFrom(1, 5), 0, "options is 0; it must be a whole number from 1 to 5."],
    [rules.share, "0.5", 'options is "0.5"; it must be a number from 0 to 1.'],
    [rules.finite, Infinity, "options is Infinity"],
    [rules.someText, "", 'options is ""; it must be a text that is not empty.'],
    [rules.oneOf("a", "b"), "c", 'options is "c"; it must be a or b.'],
    [rules.listOf(rules.flag), [true, 1], "options[1] is 1; it must be true or false."],
    [rules.listOf(rules.flag), [, true], "options[0] is undefined"],
    [rules.tupleOf(rules.flag), [], "options is a list of 0; it must be a list of 1."],
    [rules.shaped({ n: rules.count }), {}, "options.n is undefined"],
    [rules.closed({ n: rules.count }), { n: 1, m: 2 }, 'options has the unknown key "m"; known keys are n.'],
    [rules.recordOf(rules.count), { "a.b": -1 }, 'options["a.b"] is -1'],
    [rules.mapOf(rules.someText, rules.count), new Map([["a", -1]]), 'options.get("a") is -1'],
    [rules.mapOf(rules.someText, rules.count), {}, "options is an object; it must be a Map."],
    [rules.instanceOf(Date), {}, "options is an object; it must be a Date."],
  ])("%# names the value and what is expected", (rule, value, message) => {
    expect(refusal(rule, value)).toContain(message);
  });

  test.each<[Rule, unknown]>([
    [rules.optional(rules.count), undefined],
    [rules.nullable(rules.count), null],
    [rules.shaped({ n: rules.count }), { n: 1, more: true }],
    [rules.closed({ n: rules.optional(rules.count) }), {}],
    [rules.allOf(rules.finite, rules.share), 1],
    [rules.mapOf(rules.someText, rules.count), new Map([["a", 1]])],
  ])("%# accepts what it allows", (rule, value) => {
    expect(refusal(rule, value)).toBeNull();
  });
});

test("any value can be shown in one short line", () => {
  const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withObjectString: true, withMap: true });
  fc.assert(
    fc.property(fc.oneof(anything, fc.constant(Symbol("s"))), (value) => {
      expect(showValue(value).length).toBeLessThan(400);
      expect(invalidOption("x", value, "y").message).not.toContain("\n");
    }),
  );
});
