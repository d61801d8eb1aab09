// `npm run longest-canary`: the longest time that a canary lived in the tests while violated or unjudged. Fails if that
// reaches 120 s, if a test fails, or if nothing was measured.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { LIMIT_MS, longestOf, saidOf } from "./longest.js";
import { run } from "./run.js";
import { setup } from "./setup.js";
import { StepFailed } from "./step.js";

const TESTS = "packages/rollout/test/canary";

async function measure() {
  const directory = mkdtempSync(join(tmpdir(), "qsc-longest-canary-"));
  try {
    const path = join(directory, "vitest.json");
    const reporters = ["--reporter=json", `--outputFile.json=${path}`];
    const { code, output } = await run("node_modules/.bin/vitest", ["run", ...reporters, TESTS], { output: "quiet" });
    /** @type {import("./longest.js").MeasuredReport | undefined} */
    const report = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
    const failed = (report?.testResults ?? [])
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === "failed");
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
  else console.log(saidOf(longest));
  process.exitCode = code === 0 && longest !== null && longest.longestMs < LIMIT_MS ? 0 : 1;
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.code;
}
