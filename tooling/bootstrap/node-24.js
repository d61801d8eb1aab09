// Runs the tests that another Node version could change on Node 24: `node tooling/bootstrap/node-24.js`, after `npm
// test` has set everything up.
import { delimiter, join } from "node:path";

import { run } from "./run.js";
import { root } from "./root.js";
import { step, StepFailed } from "./step.js";

const VERSION = "24";
/**
 * The exhaustive tests compute on a modelled host, without files, processes or timers of the runtime. Those of commands
 * mostly wait for processes that they start; what they ask of the runtime, three ask too: the judgements of a recording,
 * the start of the engine, and one canary that goes through all commands.
 */
const RUNS = [
  ["--project", "unit", "--project", "integration"],
  ["--project", "e2e", "e2e/recording", "e2e/start"],
  ["--project", "life-cycle", "canary/runbook"],
];
/** The npm registry has the binary as a package, one per platform. */
const PACKAGE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

try {
  const prefix = join(root, ".tools", `node-${VERSION}`);
  await step(
    `Node ${VERSION}`,
    ["npm", "install", "--prefix", prefix, "--no-save", "--no-audit", "--no-fund", `${PACKAGE}@${VERSION}`],
    `Without ${PACKAGE} from the npm registry the suite cannot be checked on Node ${VERSION}.`,
  );
  const bin = join(prefix, "node_modules", PACKAGE, "bin");
  process.env["PATH"] = `${bin}${delimiter}${process.env["PATH"] ?? ""}`;
  process.exitCode = 0;
  for (const tests of RUNS) {
    const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=dot", ...tests];
    const { code } = await run(join(bin, "node"), vitest, { output: "shown" });
    if (code !== 0) process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.code;
}
