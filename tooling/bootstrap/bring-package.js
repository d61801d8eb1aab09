import { join } from "node:path";

import { root } from "./root.js";
import { step } from "./step.js";

/**
 * Installs a package into a directory of `.tools/`, for what is too large to come with every clone.
 *
 * @param {string} title what it is, for people
 * @param {string} directory in `.tools/`
 * @param {string} wanted the package and its version, as npm takes it
 * @param {string} lack what cannot be done without it
 * @returns {Promise<string>} where its `node_modules` is
 */
export async function bringPackage(title, directory, wanted, lack) {
  const prefix = join(root, ".tools", directory);
  await step(title, ["npm", "install", "--prefix", prefix, "--no-save", "--no-audit", "--no-fund", wanted], lack);
  return prefix;
}
