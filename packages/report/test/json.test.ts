import fc from "fast-check";
import { isIntact } from "@qsc/contract";
import { judgementDocument } from "@qsc/contract/schemas";
import { describe, expect, test } from "vitest";
import { inertJson, toJson } from "../src/index.js";
import { documents, HARMLESS, type Names } from "./documents.js";
import { HOSTILE, hostile } from "./hostile.js";

const ACTING = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}<>&]/u;

function expectInert(names: Names): void {
  for (const document of documents(names)) {
    const text = toJson(document);
    expect(text).not.toMatch(ACTING);
    expect(text.endsWith("}\n")).toBe(true);
    const read = JSON.parse(text) as typeof document;
    expect(read).toEqual(document);
    expect(JSON.stringify(read)).toBe(JSON.stringify(document));
    expect(isIntact(read)).toBe(true);
  }
}

describe("JSON parses to the very same document and contains nothing active", () => {
  test.each(HOSTILE)("%j", (name) => {
    expectInert({ model: name, label: name, text: name });
  });

  test("any names", () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (model, label, text) => {
        expectInert({ model, label, text });
      }),
      { numRuns: 200 },
    );
  });

  test("any keys and values", () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, fc.oneof(hostile, fc.jsonValue())), (value) => {
        const text = inertJson(value);
        expect(text).not.toMatch(ACTING);
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value));
      }),
    );
  });
});

test("the documents of these tests match what --json prints", () => {
  const names = { model: "xgboost", label: "BUY", text: "1763818338282-0" };
  for (const document of documents(names)) {
    const timed = { ...document, asOf: document.judgedAt, after: null };
    expect(judgementDocument.safeParse(timed).error?.issues ?? []).toEqual([]);
  }
  expect(documents(HARMLESS).map(({ kind }) => kind)).toEqual([
    "quality-gate",
    "scoreboard",
    "feature-sanity",
    "diagnose",
  ]);
});
