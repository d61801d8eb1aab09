import fc from "fast-check";
import { expect, test } from "vitest";
import { modelNameFault } from "../src/index.js";

test.each(["m", "xgboost", "patchtst-v2.1", "team/model@3", "modèle", "Å", "模型", "한국"])(
  "%s is a model's name",
  (name) => {
    expect(modelNameFault(name.normalize("NFC"))).toBeNull();
  },
);

test.each([
  ["", /^is empty: a model's name is a letter or digit/],
  ["Random Forest", /^has a space in it: .* letters, digits or \._:\/@\+-; call it Random_Forest$/],
  [" Random\tForest ", /call it Random_Forest$/],
  [" - ", /^has a space in it: [^;]*$/],
  ["a".repeat(129), /^is 129 characters long; 128 are read$/],
  [".hidden", /^has '\.' in it/],
  ["a|b", /^has '\|' in it/],
  ["a\u001b[2J", /^has '\\u\{1b\}' in it/],
  ["mode\u0300le", /^is in another Unicode normal form than NFC, .*: write it in NFC/],
  // Precomposed letters, which look the same in NFC.
  ["\u212bngstrom", /Unicode normal form/],
  ["\u1112\u1161\u11ab", /Unicode normal form/],
])("refuses %j and says why", (name, words) => {
  expect(modelNameFault(name)).toMatch(words);
});

test("two names with the same NFC form are never both accepted", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
      fc.constantFrom("NFC", "NFD", "NFKC", "NFKD"),
      (text, form) => {
        const other = text.normalize(form);
        if (other !== text && other.normalize("NFC") === text.normalize("NFC")) {
          expect([modelNameFault(text), modelNameFault(other)].some((fault) => fault !== null)).toBe(true);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
