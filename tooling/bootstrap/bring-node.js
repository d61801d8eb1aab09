import { join } from "node:path";

import { bringPackage } from "./bring-package.js";

/** The npm registry has the binary as a package, one per platform. */
const PACKAGE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/**
 * Installs another version of Node into `.tools/`.
 *
 * @param {string} version such as `24`
 * @returns {Promise<string>} the directory of its binary
 */
export async function bringNode(version) {
  const lack = `Without ${PACKAGE} from the npm registry nothing can be checked on Node ${version}.`;
  const prefix = await bringPackage(`Node ${version}`, `node-${version}`, `${PACKAGE}@${version}`, lack);
  return join(prefix, "node_modules", PACKAGE, "bin");
}
