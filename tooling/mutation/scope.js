import { readdirSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";

import { root } from "../bootstrap/root.js";

/**
 * A package, what of it is mutated (files or whole folders), and the tests that are slow.
 *
 * @typedef {{
 *   readonly directory: string,
 *   readonly mutated: readonly string[],
 *   readonly spared?: readonly string[],
 *   readonly slow?: readonly string[],
 * }} Scope
 */

/**
 * All that a verdict is decided by: of the eight checks, the telemetry, the ensemble and the features. A new file in
 * one of the folders is in it by itself.
 *
 * @type {Scope}
 */
export const violations = {
  directory: join(root, "packages/violations"),
  mutated: [
    "src/checks",
    "src/judge-model.ts",
    "src/judge.ts",
    "src/cards/scorecard.ts",
    "src/cards/votes.ts",
    "src/features",
    "src/policy/limits.ts",
    "src/degeneracy.ts",
  ],
  // How a number is worded, and how a manifest is read: neither compares a statistic with a limit.
  spared: ["src/checks/words.ts", "src/features/reference.ts"],
  slow: ["worst-case.test.ts", "duplicates.test.ts"],
};

/** @param {Scope} scope @returns {string[]} the files to mutate, relative to the package, with / */
export function filesOf({ directory, mutated, spared = [] }) {
  return mutated
    .flatMap((path) => {
      if (!statSync(join(directory, path)).isDirectory()) return [path];
      const found = readdirSync(join(directory, path), { recursive: true, encoding: "utf8" });
      return found.sort().map((name) => `${path}/${name.replaceAll(sep, "/")}`);
    })
    .filter((path) => path.endsWith(".ts") && !spared.includes(path));
}

/**
 * The order in which tests are tried on a mutant of `file`: those named like its path first, the slow ones last.
 *
 * @param {readonly string[]} tests
 * @param {string} file
 * @param {readonly string[]} slow
 */
export function inOrder(tests, file, slow = []) {
  /** @param {string} test */
  const rank = (test) => {
    if (slow.includes(basename(test))) return 2;
    return file.includes(basename(test).replace(".test.ts", "")) ? 0 : 1;
  };
  return [...tests].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
