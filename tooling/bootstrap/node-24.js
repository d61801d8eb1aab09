// The tests once more on Node 24: `node tooling/bootstrap/node-24.js`, after `npm test` has set everything up.
import { delimiter, join } from "node:path";

import { run } from "./run.js";
import { root } from "./root.js";
import { step, StepFailed } from "./step.js";

const VERSION = "24";
/** A binary that the npm registry holds as a package; there is one for each platform. */
const PACKAGE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

try {
  const prefix = join(root, ".tools", `node-${VERSION}`);
  await step(
    `Node ${VERSION}`,
    ["npm", "install", "--prefix", prefix, "--no-save", "--no-audit", "--no-fund", `${PACKAGE}@${VERSION}`],
    `Without ${PACKAGE} from the npm registry the suite is not known to pass on Node ${VERSION}.`,
  );
  const bin = join(prefix, "node_modules", PACKAGE, "bin");
  process.env["PATH"] = `${bin}${delimiter}${process.env["PATH"] ?? ""}`;
  const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=dot"];
  const { code } = await run(join(bin, "node"), vitest, { output: "shown" });
  process.exitCode = code === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.code;
}
