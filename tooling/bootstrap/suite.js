import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "./run.js";
import { totalsOf } from "./totals.js";

/**
 * @typedef {import("./totals.js").VitestReport & import("./longest.js").MeasuredReport} Report
 * @typedef {{ report: Report, totals: import("./totals.js").Totals, output: string }} Ran `output`: what was not shown
 */

/**
 * Runs vitest, and counts.
 *
 * @param {readonly string[]} args
 * @param {Omit<import("./run.js").RunOptions, "env">} how
 * @param {readonly string[]} prefix a command that runs another
 * @returns {Promise<Ran>}
 */
async function vitest(args, how, prefix = []) {
  const directory = mkdtempSync(join(tmpdir(), "qsc-test-report-"));
  try {
    const path = join(directory, "vitest.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${path}`];
    const [command = "", ...rest] = [...prefix, "node_modules/.bin/vitest", "run", ...reporters, ...args];
    const { code, output } = await run(command, rest, how);
    /** @type {Report | undefined} */
    const report = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
    return { report: report ?? { testResults: [] }, totals: totalsOf(report, code), output };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Runs vitest.
 *
 * @param {readonly string[]} args
 * @returns {Promise<Ran>}
 */
export function runTests(args) {
  return vitest(args, { output: "shown" });
}

/**
 * How long computing tests may take once they have the processors for themselves, in milliseconds: several times as long
 * as all of them need. A loop without end is ended by no time limit of its test, and what it has said would be lost.
 */
const ALONE_MS = 25 * 60_000;

/**
 * Runs vitest twice at once: tests that only compute take what the others, which mostly wait for processes, leave of
 * the processors.
 *
 * @param {{ computing: readonly string[], waiting: readonly string[] }} args
 * @returns {Promise<Ran>}
 */
export async function runSideBySide({ computing, waiting }) {
  /** @type {number | undefined} */
  let group;
  const beside = vitest(computing, { output: "quiet", ownGroup: (id) => (group = id) }, ["nice", "-n", "19"]).finally(
    () => (group = undefined),
  );
  const shown = await runTests(waiting);
  // The rest need not leave them to others. Without the right to do this, it only takes longer.
  if (group !== undefined) await run("renice", ["--priority", "0", "-g", String(group)], { output: "quiet" });
  const late = setTimeout(() => {
    if (group !== undefined) process.kill(-group, "SIGKILL");
    console.log(
      `The computing tests were ended, ${ALONE_MS / 60_000} min after the others. A file that they do not name below has not ended.`,
    );
  }, ALONE_MS);
  const computed = await beside;
  clearTimeout(late);
  console.log(computed.output.trimEnd());
  return {
    report: { testResults: [...shown.report.testResults, ...computed.report.testResults] },
    totals: {
      passed: shown.totals.passed + computed.totals.passed,
      failed: [...shown.totals.failed, ...computed.totals.failed],
      skipped: [...shown.totals.skipped, ...computed.totals.skipped],
    },
    output: computed.output,
  };
}
