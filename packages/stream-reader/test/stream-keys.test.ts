import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { streamKeys } from "../src/index.js";
import { keysText } from "../src/sharded/stream-keys.js";

describe("the keys of a stream", () => {
  test.each([
    ["intent", ["intent"]],
    ["a,b", ["a", "b"]],
    [" a , b ", ["a", "b"]],
    ["intent:{0..3}", ["intent:0", "intent:1", "intent:2", "intent:3"]],
    ["intent:{3..1}", ["intent:3", "intent:2", "intent:1"]],
    ["intent:{08..10}", ["intent:08", "intent:09", "intent:10"]],
    ["i:{-1..1}", ["i:-1", "i:0", "i:1"]],
    ["i:{a..c}", ["i:a", "i:b", "i:c"]],
    ["intent:{eu,us}", ["intent:eu", "intent:us"]],
    ["{a,b}{0..1}", ["a0", "a1", "b0", "b1"]],
    ["x{a,b{0..1}}", ["xa", "xb0", "xb1"]],
    ["{engine}:intent", ["{engine}:intent"]],
    ["{engine}:{0..1}", ["{engine}:0", "{engine}:1"]],
    ["{a}", ["{a}"]],
    ["{}", ["{}"]],
    ["{a..}", ["{a..}"]],
    ["{1..a}", ["{1..a}"]],
    ["{a,b", ["{a", "b"]],
    ["a},b", ["a}", "b"]],
    [String.raw`a\,b`, ["a,b"]],
    [String.raw`\{0..3}`, ["{0..3}"]],
    [String.raw`{0\..3}`, ["{0..3}"]],
    [String.raw`a\\,b`, [String.raw`a\ `.trim(), "b"]],
    ["a\\", ["a\\"]],
  ])("of %s are %j", (text, keys) => {
    expect(streamKeys(text)).toEqual(keys);
  });

  test.each([
    ["", /empty key/],
    ["a,,b", /empty key/],
    ["a,", /empty key/],
    ["{a,}", /empty key/],
    ["a,b,a", /names the key 'a' twice/],
    ["i:{0..256}", /more than 256 keys/],
    ["i:{0..999999999}", /more than 256 keys/],
    ["{0..99}{0..99}{0..99}{0..99}", /more than 256 keys/],
  ])("of %s are refused", (text, message) => {
    expect(() => streamKeys(text)).toThrow(message);
    expect(() => streamKeys(text)).toThrow(expect.objectContaining({ code: "invalid_source" }));
  });

  test("can be read from their own text, whatever they are", () => {
    const key = fc.string({
      minLength: 1,
      maxLength: 8,
      unit: fc.constantFrom("a", "b", "0", "1", ".", "{", "}", ",", "\\", " ", "-"),
    });
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 2, maxLength: 5 }), (keys) => {
        expect(streamKeys(keysText(keys))).toEqual(keys);
      }),
      { numRuns: 3000 },
    );
  });
});
