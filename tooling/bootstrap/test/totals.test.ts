import { describe, expect, it } from "vitest";

import { root } from "../root.js";
import { totalsOf } from "../totals.js";

function file(status: string, ...tests: string[]) {
  return {
    name: "a.test.ts",
    status,
    assertionResults: tests.map((test) => ({ fullName: `is ${test}`, status: test })),
  };
}

describe("totalsOf", () => {
  it("counts what passed, and names what failed or was skipped", () => {
    const report = { testResults: [file("failed", "passed", "failed", "skipped", "todo"), file("passed", "passed")] };
    expect(totalsOf(report, 1)).toEqual({
      passed: 2,
      failed: ["a.test.ts: is failed: without a message"],
      skipped: ["is skipped", "is todo"],
    });
  });

  it("names a file as the repository does, and gives the first line of the failure's message as the reason", () => {
    const result = { fullName: "is late", status: "failed", failureMessages: ["\nAssertionError: 61 s\n    at a.ts"] };
    const name = `${root}a.test.ts`;
    const report = { testResults: [{ name, status: "failed", assertionResults: [result] }] };
    expect(totalsOf(report, 1).failed).toEqual(["a.test.ts: is late: AssertionError: 61 s"]);
  });

  it("has no failure if all passed", () => {
    expect(totalsOf({ testResults: [file("passed", "passed")] }, 0).failed).toEqual([]);
  });

  it.each([
    [
      "a file that could not be loaded",
      { testResults: [{ ...file("failed"), message: "No such file\n" }, file("passed", "passed")] },
      1,
      "a.test.ts: No such file",
    ],
    ["no test executed", { testResults: [] }, 0, "no test was run"],
    ["all tests skipped", { testResults: [file("passed", "skipped")] }, 0, "no test was run"],
    ["no report", undefined, 0, "no test was run"],
    [
      "an unhandled error although all tests passed",
      { testResults: [file("passed", "passed")] },
      1,
      "vitest ended with 1, and names no test",
    ],
  ])("counts %s as a failure", (_, report, exitCode, failure) => {
    expect(totalsOf(report, exitCode).failed).toEqual([failure]);
  });
});
