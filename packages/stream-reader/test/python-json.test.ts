import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "../src/decode/json.js";
import { parsePythonJson } from "../src/decode/python-json.js";
import { DecodeError } from "../src/decode/decode-error.js";

type Verdict = { readonly value: unknown } | { readonly refused: string };

function verdictOf(parse: (text: string) => unknown, text: string): Verdict {
  try {
    return { value: parse(text) };
  } catch (error) {
    if (error instanceof DecodeError) return { refused: error.reason };
    if (error instanceof SyntaxError) return { refused: "unreadable_json" };
    throw error;
  }
}

const fast = (text: string): unknown => parseJson(text, "payload");

/** Documents, unchanged or with a few characters changed: most of the latter are not JSON. */
const documents = fc.oneof(
  fc.json(),
  fc.json({ noUnicodeString: false }),
  fc.jsonValue().map((value) => JSON.stringify(value, null, 2)),
);
const mutated = fc
  .tuple(
    documents,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...Array.from('{}[]",:\\-+.eE019 \n\tutrfnNI\u0000é'))), {
      maxLength: 3,
    }),
  )
  .map(([text, edits]) =>
    edits.reduce((edited, [at, char]) => {
      const place = at % (edited.length + 1);
      return edited.slice(0, place) + char + edited.slice(place + (at % 2));
    }, text),
  );

const refusedThoughJson = new Set(["number_overflow", "forbidden_key", "too_deep", "duplicate_field"]);

describe("the strict parser", () => {
  test("reads what JSON.parse reads, to the same value, and refuses the rest", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const strict = verdictOf(parsePythonJson, text);
        const plain = verdictOf(JSON.parse, text);
        if ("refused" in strict && refusedThoughJson.has(strict.refused)) return;
        if (/NaN|Infinity/.test(text)) return;
        expect(strict).toEqual(plain);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  test("accepts and refuses the same texts as the fast path", () => {
    const tricky = fc.constantFrom(
      '{"a":1,"a" :2}',
      '{"a":{"b":1},"b":1}',
      '{":":":","\\":":1}',
      '{"a":":\\"a\\":","a":1}',
      '{"1":1,"1":2}',
      '{"":1,"":2}',
      "1e400",
      "-1E+0999",
      "1e-400",
      "NaN",
      "-Infinity",
      '{"__proto__":1}',
      '{"\\u005f_proto__":1}',
      "[".repeat(65) + "]".repeat(65),
      "[".repeat(64) + "]".repeat(64),
      `"${"[".repeat(70)}"`,
      "9".repeat(310),
      `${"9".repeat(250)}e99`,
      '"\\ud800"',
      '"1e999"',
      '{"constructor":{"prototype":1}}',
    );
    const nested = fc.tuple(mutated, tricky, fc.nat()).map(([text, part, at]) => {
      const place = at % (text.length + 1);
      return (
        fc.sample(
          fc.constantFrom(
            text.slice(0, place) + part + text.slice(place),
            `[${text},${part}]`,
            `{"a":${part},"b":${text}}`,
          ),
          { numRuns: 1, seed: at },
        )[0] ?? text
      );
    });
    fc.assert(
      fc.property(nested, (text) => {
        expect(verdictOf(fast, text)).toEqual(verdictOf(parsePythonJson, text));
      }),
      { numRuns: 3000, seed: 2 },
    );
  });

  test.each([
    ["NaN", Number.NaN],
    ['{"a": [Infinity, -Infinity, NaN]}', { a: [Infinity, -Infinity, Number.NaN] }],
    [' "\\u00e9\\ud83d\\ude00\\/" ', "é😀/"],
    ["-0", -0],
    ["1e-400", 0],
  ])("reads %s", (text, value) => {
    expect(parsePythonJson(text)).toEqual(value);
    expect(fast(text)).toEqual(value);
  });

  test.each([
    ["1e400", "number_overflow"],
    ["[-1E+400]", "number_overflow"],
    ["9".repeat(400), "number_overflow"],
    [`${"9".repeat(250)}e99`, "number_overflow"],
    ['{"__proto__": 1}', "forbidden_key"],
    ['[{"a": {"\\u005f\\u005fpro\\u0074o__": {}}}]', "forbidden_key"],
    ["[".repeat(65) + "]".repeat(65), "too_deep"],
    ['{"a":'.repeat(70) + "1" + "}".repeat(70), "too_deep"],
    ['{"a": 1, "b": [{"c": 2, "c": 2}]}', "duplicate_field"],
    ['{"a": 1, "\\u0061"\t: 2}', "duplicate_field"],
    ['{"a": {"constructor": 1, "constructor": 1}}', "duplicate_field"],
    ['{"a": "\\":", "b": 1, "b": 2}', "duplicate_field"],
    ["+1", "unreadable_json"],
    ["01", "unreadable_json"],
    ["1.", "unreadable_json"],
    [".5", "unreadable_json"],
    ["-NaN", "unreadable_json"],
    ["nan", "unreadable_json"],
    ["NaN1", "unreadable_json"],
    ["{'a': 1}", "unreadable_json"],
    ["[1,]", "unreadable_json"],
    ['"\u0001"', "unreadable_json"],
    ["", "unreadable_json"],
    ["\ufeff1", "unreadable_json"],
  ])("refuses %s: %s", (text, reason) => {
    expect(verdictOf(parsePythonJson, text)).toEqual({ refused: reason });
    expect(verdictOf(fast, text)).toEqual({ refused: reason });
  });

  test("gives objects no prototype, and names a repeated key", () => {
    expect(Object.getPrototypeOf(parsePythonJson('{"a": {}}'))).toBe(null);
    expect(() => parsePythonJson('{"a": 1, "\\u0061": 2}')).toThrow("'a' is given twice");
    expect(() => fast('{"a": 1, "\\u0061": 2}')).toThrow("payload: the name 'a' is given twice");
    expect(parsePythonJson('{"toString": 1, "a": {"a": 1}}')).toEqual({ toString: 1, a: { a: 1 } });
  });
});
