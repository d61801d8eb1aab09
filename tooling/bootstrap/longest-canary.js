// `npm run longest-canary`: the longest that a canary lived in the tests while it was violated, or nothing judged it. Fails
// where that is 120 s, where a test fails, and where nothing was measured.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { longestOf } from "./longest.js";
import { run } from "./run.js";
import { setup } from "./setup.js";
import { StepFailed } from "./step.js";

const TESTS = "packages/rollout/test/canary";
const LIMIT_MS = 120_000;

async function measure() {
  const directory = mkdtempSync(join(tmpdir(), "qsc-longest-canary-"));
  try {
    const path = join(directory, "vitest.json");
    const reporters = ["--reporter=json", `--outputFile.json=${path}`];
    const { code, output } = await run("node_modules/.bin/vitest", ["run", ...reporters, TESTS], { output: "quiet" });
    /** @type {import("./longest.js").MeasuredReport | undefined} */
    const report = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
    const failed = (report?.testResults ?? []).flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === "failed");
    for (const { fullName } of failed) console.log(`failed: ${fullName}`);
    if (report === undefined) console.log(output);
    return { code, longest: longestOf(report) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

try {
  await setup();
  const { code, longest } = await measure();
  if (longest === null) console.log("No test measured how long a canary lives.");
  else console.log(`The longest that a canary lived, violated or without a judgement: ${longest.longestMs / 1000} s, of ${LIMIT_MS / 1000} s at most (${longest.tests} tests; in: ${longest.test})`);
  process.exitCode = code === 0 && longest !== null && longest.longestMs < LIMIT_MS ? 0 : 1;
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.code;
}
