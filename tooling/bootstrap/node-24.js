// Runs the tests that another Node version could change on Node 24: `node tooling/bootstrap/node-24.js`, after `npm
// test` has set everything up.
import { delimiter, join } from "node:path";

import { root } from "./root.js";
import { step, StepFailed } from "./step.js";
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
  const { totals } = await runSideBySide(TESTS);
  for (const failure of totals.failed) console.log(`failed on Node ${VERSION}: ${failure}`);
  process.exitCode = totals.failed.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.code;
}
