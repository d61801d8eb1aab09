import { root } from "./root.js";

/**
 * What is read of vitest's JSON report.
 *
 * @typedef {{ fullName: string, status: string, failureMessages?: string[] }} TestResult
 * @typedef {{ name: string, status: string, message?: string, assertionResults: TestResult[] }} FileResult
 * @typedef {{ testResults: FileResult[] }} VitestReport
 *
 * @typedef {{ passed: number, failed: string[], skipped: string[] }} Totals `failed`: a line for each, with its reason
 */

/** The end of a long log is what is kept of it, so a reason is one line. */
const REASON_LENGTH = 300;

/** @param {string | undefined} message */
function reasonOf(message) {
  const first = (message ?? "").split("\n").find((line) => line.trim() !== "");
  return first === undefined ? "without a message" : first.trim().slice(0, REASON_LENGTH);
}

/** @param {FileResult} file */
function failuresOf({ name: path, status, message, assertionResults }) {
  const name = path.replace(root, "");
  const failed = assertionResults.filter((result) => result.status === "failed");
  if (failed.length === 0) return status === "failed" ? [`${name}: ${reasonOf(message)}`] : [];
  return failed.map(({ fullName, failureMessages }) => `${name}: ${fullName}: ${reasonOf(failureMessages?.[0])}`);
}

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
  const failed = files.flatMap(failuresOf);
  const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed");
  if (failed.length === 0 && exitCode !== 0) failed.push(`vitest ended with ${exitCode}, and names no test`);
  if (failed.length === 0 && passed === 0) failed.push("no test was run");
  return { passed, failed, skipped: skipped.map(({ fullName }) => fullName) };
}
