import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDistinct } from "../src/index.js";

const key = fc.oneof(fc.constantFrom("a", "b", ":", "{", '"', "\\", "__proto__", ""), fc.string({ maxLength: 3 }));
const value = fc.oneof(fc.constantFrom("x:y", "{", "}", '"', ":"), fc.jsonValue({ maxDepth: 2 }));

describe("parseDistinct", () => {
  test("gives what JSON.parse gives, and refuses an object with a key twice, whatever keys and values are", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 6 }), fc.boolean(), (members, isWide) => {
        const space = isWide ? " " : "";
        const text = `{${members.map(([name, of]) => `${JSON.stringify(name)}${space}:${JSON.stringify(of)}`).join(",")}}`;
        const names = members.map(([name]) => name);
        const isDistinct = new Set(names).size === names.length && !names.includes("__proto__");
        const isClean = !/"__proto__"\s*:/.test(JSON.stringify(members.map(([, of]) => of)));
        if (isDistinct && isClean) expect(parseDistinct(text)).toEqual(JSON.parse(text));
        else expect(() => parseDistinct(text)).toThrow(SyntaxError);
      }),
      { seed: 20261204, numRuns: 2000 },
    );
  });

  test.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"a":{"b":1,"b":2}}',
    '[{"a":1,"a":2}]',
    '{"__proto__":1}',
    '{"\\u005f_proto__":1}',
  ])("%s is refused", (text) => {
    expect(() => parseDistinct(text)).toThrow(SyntaxError);
  });
});
