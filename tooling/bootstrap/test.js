// `npm test`: everything that is checked, from a fresh clone on. Arguments go to vitest, and then only vitest runs.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "./run.js";
import { setup } from "./setup.js";
import { lanes } from "./stages.js";
import { reportLine, step, StepFailed } from "./step.js";
import { bringSystemTools } from "./system-tools.js";
import { totalsOf } from "./totals.js";

const vitestArgs = process.argv.slice(2);
const isCi = process.env["CI"] === "true";

/** Stages other than the tests that failed. */
let failedStages = 0;

/** @param {() => Promise<void>} stage */
async function attempt(stage) {
  try {
    await stage();
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    failedStages += 1;
    return false;
  }
}

async function toolsForTests() {
  const missing = await bringSystemTools();
  if (missing.length === 0) return;
  console.log(`missing, and not to be had here: ${missing.join(", ")}`);
  process.env["QSC_MISSING"] = missing.join(",");
  if (isCi) throw new StepFailed("tools for the tests", 1);
  console.log("the tests that need it are skipped by name; under CI=true this is a failure");
}

async function checks() {
  if (vitestArgs.length > 0) {
    console.log(`not run, as arguments ask for certain tests: ${lanes.flat().map(({ name }) => name).join("; ")}`);
    return;
  }
  await Promise.all(lanes.map(async (lane) => {
    for (const { name, command } of lane) {
      await attempt(() => step(name, command, "What is wrong stands above; the other stages go on."));
    }
  }));
}

async function tests() {
  const started = performance.now();
  const directory = mkdtempSync(join(tmpdir(), "qsc-test-report-"));
  const path = join(directory, "vitest.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${path}`];
  const { code } = await run("node_modules/.bin/vitest", ["run", ...reporters, ...vitestArgs], { output: "shown" });
  /** @type {import("./totals.js").VitestReport | undefined} */
  const report = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  rmSync(directory, { recursive: true });
  const totals = totalsOf(report, code);
  reportLine("tests", totals.failed === 0 ? "ok" : "FAILED", started);
  return totals;
}

const none = { passed: 0, failed: 0, skipped: /** @type {string[]} */ ([]) };
let totals = none;
if (await attempt(setup)) {
  await attempt(toolsForTests);
  await checks();
  totals = await tests();
}
// A filter by name makes all other tests skipped ones; naming those would tell nothing.
const byName = vitestArgs.some((arg) => /^(-t|--testNamePattern)/.test(arg));
if (!byName) for (const name of totals.skipped) console.log(`skipped: ${name}`);
const failed = totals.failed + failedStages;
console.log(`${totals.passed} passed, ${failed} failed, ${totals.skipped.length} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
