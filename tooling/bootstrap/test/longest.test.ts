import { expect, test } from "vitest";
import { longestOf } from "../longest.js";

const report = (
  ...tests: readonly { readonly fullName: string; readonly meta?: { readonly longestLifeMs?: number } }[]
) => ({ testResults: tests.map((each) => ({ assertionResults: [{ status: "passed", ...each }] })) });

test("finds the longest life that any test measured, and where", () => {
  const tests = [
    { fullName: "a", meta: { longestLifeMs: 60_000 } },
    { fullName: "b", meta: { longestLifeMs: 96_000 } },
    { fullName: "c", meta: {} },
    { fullName: "d" },
  ];
  expect(longestOf(report(...tests))).toEqual({ longestMs: 96_000, test: "b", tests: 2 });
});

test("a life of zero length counts as measured", () => {
  expect(longestOf(report({ fullName: "a", meta: { longestLifeMs: 0 } }))).toEqual({
    longestMs: 0,
    test: "a",
    tests: 1,
  });
});

test("there is no longest life if nothing was measured", () => {
  expect([longestOf(undefined), longestOf(report()), longestOf(report({ fullName: "a", meta: {} }))]).toEqual([
    null,
    null,
    null,
  ]);
});
