// Runs the tests that another Node version could change on Node 24: `node tooling/bootstrap/node-24.js`, after `npm
// test` has set everything up.
import { delimiter } from "node:path";

import { bringNode } from "./bring-node.js";
import { StepFailed } from "./step.js";
import { runSideBySide } from "./suite.js";

const VERSION = "24";
/**
 * The exhaustive tests compute on a modelled host, without files, processes or timers of the runtime. Those of commands
 * mostly wait for processes that they start; what they ask of the runtime, three ask too: the judgements of a recording,
 * the start of the engine, and one canary that goes through all commands.
 */
const TESTS = {
  computing: ["--project", "unit"],
  waiting: [
    ...["integration", "e2e", "life-cycle"].flatMap((name) => ["--project", name]),
    ...["test/integration/", "e2e/recording", "e2e/start", "canary/runbook"],
  ],
};
try {
  const bin = await bringNode(VERSION);
  process.env["PATH"] = `${bin}${delimiter}${process.env["PATH"] ?? ""}`;
  const { totals } = await runSideBySide(TESTS);
  for (const failure of totals.failed) console.log(`failed on Node ${VERSION}: ${failure}`);
  process.exitCode = totals.failed.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.code;
}
