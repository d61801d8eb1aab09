import { describe, expect, it } from "vitest";

import { totalsOf } from "../totals.js";

function file(status: string, ...tests: string[]) {
  return {
    name: "a.test.ts",
    status,
    assertionResults: tests.map((test) => ({ fullName: `is ${test}`, status: test })),
  };
}

describe("totalsOf", () => {
  it("counts passed, failed and skipped, and names the skipped", () => {
    const report = { testResults: [file("failed", "passed", "failed", "skipped", "todo"), file("passed", "passed")] };
    expect(totalsOf(report, 1)).toEqual({ passed: 2, failed: 1, skipped: ["is skipped", "is todo"] });
  });

  it("has no failure if all passed", () => {
    expect(totalsOf({ testResults: [file("passed", "passed")] }, 0).failed).toBe(0);
  });

  it.each([
    ["a file that could not be loaded", { testResults: [file("failed"), file("passed", "passed")] }, 1],
    ["no test executed", { testResults: [] }, 0],
    ["all tests skipped", { testResults: [file("passed", "skipped")] }, 0],
    ["no report", undefined, 0],
    ["an unhandled error although all tests passed", { testResults: [file("passed", "passed")] }, 1],
  ])("counts %s as a failure", (_, report, exitCode) => {
    expect(totalsOf(report, exitCode).failed).toBe(1);
  });
});
