import { expect, test } from "vitest";
import { firstDifference } from "../../src/init/difference.js";

test.each([
  ["a\nb\n", "a\nc\n", "line 2 is 'b', and would be 'c'"],
  ["a\n", "a\nb\n", "line 2 is '', and would be 'b'"],
  ["a\nb", "a", "line 2 is 'b', and would be not there"],
  ["\u001b[31ma", "a", "line 1 is '\\u{1b}[31ma', and would be 'a'"],
  [
    `${"x".repeat(100)}1`,
    `${"x".repeat(100)}2`,
    `line 1 is '${"x".repeat(80)}...', and would be '${"x".repeat(80)}...'`,
  ],
])("%o against %o", (there, wanted, sentence) => {
  expect(firstDifference(there, wanted)).toBe(sentence);
});

test.each([
  ['source: "redis://u:secret@host"', 'source: "redis://u:other secret@host"'],
  [
    'source: "redis+sentinel://host/m?sentinelPassword=secret&db=1"',
    'source: "redis+sentinel://host/m?sentinelPassword=other secret"',
  ],
])("a password is not shown: %o against %o", (there, wanted) => {
  const sentence = firstDifference(there, wanted);
  expect(sentence).not.toContain("secret");
  expect(sentence).toContain("***");
});
