import { describe, expect, it } from "vitest";

import { isSound, outcomeOf } from "../outcome.js";
import { complaints, totals } from "../render.js";
import { inOrder } from "../scope.js";

const mutant = (to: string, killed: boolean) => ({
  ...{ file: "src/a.ts", line: 1, probe: "src/a.ts:0", kind: "flip", from: "a < b", to, text: "" },
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

describe("the order of the tests", () => {
  const tests = ["test/all.test.ts", "test/b.test.ts", "test/c.test.ts", "test/other.test.ts"];
  const mutant = { file: "src/c.ts", probe: "src/c.ts:7" };

  it("begins with those about the file, and leaves out what is skipped", () => {
    const scope = { near: { "src/c.ts": "b.test.ts" }, skipped: ["other.test.ts"] };
    expect(inOrder(tests, mutant, scope)).toEqual(["test/b.test.ts", "test/c.test.ts", "test/all.test.ts"]);
  });

  it("begins with the last killers, and ends with the dearest", () => {
    const killers = ["test/other.test.ts", "test/all.test.ts"];
    const cpuMs = new Map([["test/b.test.ts", 9]]);
    const last = ["test/all.test.ts", "test/other.test.ts", "test/c.test.ts", "test/b.test.ts"];
    expect(inOrder(tests, mutant, {}, { killers, cpuMs })).toEqual(last);
  });

  it("leaves out what never reaches the mutant", () => {
    const reached = new Map([
      ["all.test.ts", new Set(["src/c.ts:0", "src/c.ts:7"])],
      ["b.test.ts", new Set(["src/c.ts:0"])],
    ]);
    expect(inOrder(tests, mutant, {}, { reached })).toEqual(["test/all.test.ts"]);
  });
});
