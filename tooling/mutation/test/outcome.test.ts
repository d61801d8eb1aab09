import { expect, it } from "vitest";

import { isSound, outcomeOf } from "../outcome.js";
import { complaints, totals } from "../render.js";
import { inOrder } from "../scope.js";

const mutant = (to: string, killed: boolean) => ({
  ...{ file: "src/a.ts", line: 1, kind: "flip", from: "a < b", to, text: "" },
  killer: killed ? { test: "test/a.test.ts", title: "t" } : null,
});
const equivalent = (to: string) => ({ file: "src/a.ts", from: "a < b", to, because: "of the proof" });

it("is sound when every mutant is killed or known to be equivalent", () => {
  const outcome = outcomeOf([mutant("a > b", true), mutant("a <= b", false)], [equivalent("a <= b")]);
  expect(isSound(outcome)).toBe(true);
  expect(totals(outcome)).toBe("2 mutants: 1 killed, 0 survived, 1 equivalent");
});

it("is not sound with an equivalent mutant that is killed, or gone", () => {
  const outcome = outcomeOf([mutant("a > b", true)], [equivalent("a > b")]);
  expect(isSound(outcome)).toBe(false);
  expect(complaints(outcome)).toEqual([
    "src/a.ts: 'a < b' -> 'a > b' is listed as equivalent, but was killed or no longer exists",
  ]);
});

it("is not sound with no mutant at all", () => {
  expect(isSound(outcomeOf([], []))).toBe(false);
});

it("tries the tests about a file first and slow ones last", () => {
  const tests = ["test/all.test.ts", "test/b.test.ts", "test/c.test.ts", "test/long.test.ts", "test/other.test.ts"];
  const scope = { near: { "src/c.ts": "b.test.ts" }, slow: ["all.test.ts"], skipped: ["other.test.ts"] };
  expect(inOrder(tests, "src/c.ts", scope)).toEqual([
    "test/b.test.ts",
    "test/c.test.ts",
    "test/long.test.ts",
    "test/all.test.ts",
  ]);
});
