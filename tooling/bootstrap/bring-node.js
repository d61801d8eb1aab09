import { join } from "node:path";

import { root } from "./root.js";
import { step } from "./step.js";

/** The npm registry has the binary as a package, one per platform. */
const PACKAGE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/**
 * Installs another version of Node into `.tools/`.
 *
 * @param {string} version such as `24`
 * @returns {Promise<string>} the directory of its binary
 */
export async function bringNode(version) {
  const prefix = join(root, ".tools", `node-${version}`);
  await step(
    `Node ${version}`,
    ["npm", "install", "--prefix", prefix, "--no-save", "--no-audit", "--no-fund", `${PACKAGE}@${version}`],
    `Without ${PACKAGE} from the npm registry nothing can be checked on Node ${version}.`,
  );
  return join(prefix, "node_modules", PACKAGE, "bin");
}
