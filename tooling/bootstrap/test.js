// `npm test`: runs every check, even on a fresh clone. Arguments are passed to vitest, and then only vitest runs.
import { longestOf, saidOf } from "./longest.js";
import { setup } from "./setup.js";
import { lanes } from "./stages.js";
import { reportLine, step, StepFailed } from "./step.js";
import { runSideBySide, runTests } from "./suite.js";
import { bringSystemTools } from "./system-tools.js";

const vitestArgs = process.argv.slice(2);
const isCi = process.env["CI"] === "true";

/**
 * The stages other than the tests that failed.
 *
 * @type {string[]}
 */
const failedStages = [];

/** @param {() => Promise<void>} stage */
async function attempt(stage) {
  try {
    await stage();
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    failedStages.push(error.message);
    return false;
  }
}

async function toolsForTests() {
  const missing = await bringSystemTools();
  if (missing.length === 0) return;
  console.log(`missing and not installable here: ${missing.join(", ")}`);
  process.env["QSC_MISSING"] = missing.join(",");
  if (isCi) throw new StepFailed("tools for the tests", 1);
  console.log("the tests that need it are skipped by name; under CI=true this is a failure");
}

async function checks() {
  if (vitestArgs.length > 0) {
    console.log(
      `not run, because arguments select tests: ${lanes
        .flat()
        .map(({ name }) => name)
        .join("; ")}`,
    );
    return;
  }
  await Promise.all(
    lanes.map(async (lane) => {
      for (const { name, command } of lane) {
        await attempt(() => step(name, command, "The errors are above; the other stages continue."));
      }
    }),
  );
}

async function tests() {
  const started = performance.now();
  const all = { computing: ["--project", "exhaustive"], waiting: ["--project", "!exhaustive"] };
  const { report, totals } = await (vitestArgs.length > 0 ? runTests(vitestArgs) : runSideBySide(all));
  const longest = longestOf(report);
  if (longest !== null) console.log(saidOf(longest));
  reportLine("tests", totals.failed.length === 0 ? "ok" : "FAILED", started);
  return totals;
}

/** @type {import("./totals.js").Totals} */
let totals = { passed: 0, failed: [], skipped: [] };
if (await attempt(setup)) {
  await attempt(toolsForTests);
  await checks();
  totals = await tests();
}
// A filter by name skips all other tests; listing them would not help.
const byName = vitestArgs.some((arg) => /^(-t|--testNamePattern)/.test(arg));
if (!byName) for (const name of totals.skipped) console.log(`skipped: ${name}`);
const failed = [...failedStages, ...totals.failed];
for (const failure of failed) console.log(`failed: ${failure}`);
console.log(`${totals.passed} passed, ${failed.length} failed, ${totals.skipped.length} skipped`);
process.exitCode = failed.length === 0 ? 0 : 1;
