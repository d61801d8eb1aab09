import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inertText } from "../src/index.js";

const acting = fc.constantFrom("\u001b[31m", "\n", "\u202e", "\u{e0041}", "\ud800", "\u200b", "\\u{1b}");
const hostile = fc.array(fc.oneof(acting, fc.string({ unit: "grapheme" }))).map((parts) => parts.join(""));

describe("inertText", () => {
  test("escapes active characters by code point and nothing else", () => {
    expect(inertText("a\u001b[31m\n\u202e\u{e0041}\ud800")).toBe("a\\u{1b}[31m\\u{a}\\u{202e}\\u{e0041}\\u{d800}");
    expect(inertText("été 日本 😀 \\u001b <b> | *")).toBe("été 日本 😀 \\u001b <b> | *");
  });

  test("escaping twice changes nothing", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(inertText(inertText(text))).toBe(inertText(text));
      }),
    );
  });
});
