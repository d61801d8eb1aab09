/**
 * What is read of vitest's JSON report.
 *
 * @typedef {{ fullName: string, status: string }} TestResult
 * @typedef {{ name: string, status: string, assertionResults: TestResult[] }} FileResult
 * @typedef {{ testResults: FileResult[] }} VitestReport
 *
 * @typedef {{ passed: number, failed: number, skipped: string[] }} Totals
 */

/**
 * Counts a run so that no problem is missing from the total: failures include a file that could not be loaded, a run
 * without any test, a run without a report, and one that failed for a reason outside the tests.
 *
 * @param {VitestReport | undefined} report undefined if vitest wrote none
 * @param {number} exitCode vitest's
 * @returns {Totals}
 */
export function totalsOf(report, exitCode) {
  const files = report?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter(({ status }) => status === "passed").length;
  const failedTests = tests.filter(({ status }) => status === "failed").length;
  const brokenFiles = files.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((result) => result.status === "failed"),
  ).length;
  const failed = failedTests + brokenFiles;
  const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed");
  const nothingProven = passed + failed === 0 || exitCode !== 0;
  return {
    passed,
    failed: failed === 0 && nothingProven ? 1 : failed,
    skipped: skipped.map(({ fullName }) => fullName),
  };
}
