import { readdirSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";

import { root } from "../bootstrap/root.js";

/**
 * A package, what of it is mutated (files or whole folders), which test is about a file where their
 * names do not say it, which tests are slow, and which are left out.
 *
 * @typedef {{
 *   readonly directory: string,
 *   readonly mutated: readonly string[],
 *   readonly spared?: readonly string[],
 *   readonly near?: Readonly<Record<string, string>>,
 *   readonly slow?: readonly string[],
 *   readonly skipped?: readonly string[],
 * }} Scope
 */

/**
 * Everything that decides a verdict: the eight checks, the telemetry, the ensemble and the features. A new file in one
 * of these folders is included automatically.
 *
 * @type {Scope}
 */
export const violations = {
  directory: join(root, "packages/violations"),
  mutated: [
    "src/checks",
    "src/judge-model.ts",
    "src/judge.ts",
    "src/cards/engine-tally.ts",
    "src/cards/newest-decisions.ts",
    "src/cards/reading.ts",
    "src/cards/scorecard.ts",
    "src/cards/shadow.ts",
    "src/cards/silence.ts",
    "src/cards/votes.ts",
    "src/cards/weight-spread.ts",
    "src/features",
    "src/policy/limits.ts",
    "src/degeneracy.ts",
  ],
  // The wording of numbers and the reading of manifests: neither compares a statistic with a limit.
  spared: ["src/checks/words.ts", "src/checks/telemetry/clock-words.ts", "src/features/reference.ts"],
  near: {
    "src/checks/telemetry/integrity.ts": "telemetry.test.ts",
    "src/checks/telemetry/integrity-engine.ts": "telemetry.test.ts",
    "src/checks/ensemble/judge-ensemble.ts": "telemetry.test.ts",
    "src/checks/model/expressions.ts": "policy.test.ts",
    "src/checks/model/likely-causes.ts": "roles.test.ts",
    "src/checks/registry.ts": "roles.test.ts",
    "src/cards/engine-tally.ts": "telemetry.test.ts",
    "src/cards/newest-decisions.ts": "recent-collapse.test.ts",
    "src/cards/reading.ts": "judge-model.test.ts",
    "src/checks/model/shadow-voted.ts": "shadow.test.ts",
    "src/cards/silence.ts": "telemetry.test.ts",
    "src/cards/votes.ts": "telemetry.test.ts",
    "src/cards/weight-spread.ts": "telemetry.test.ts",
    "src/features/manifests.ts": "drift.test.ts",
    "src/judge.ts": "telemetry.test.ts",
  },
  slow: ["worst-case.test.ts", "chance.test.ts"],
  // One makes three million decisions and uses none of the files above; two read the pages and sources of the whole
  // repository.
  skipped: ["duplicates.test.ts", "check-pages.test.ts", "registry.test.ts"],
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
 * The order in which a package's tests run against a mutant of `file`: those about it first, the slow ones last.
 *
 * @param {readonly string[]} tests
 * @param {string} file
 * @param {Pick<Scope, "near" | "slow" | "skipped">} scope
 */
export function inOrder(tests, file, { near = {}, slow = [], skipped = [] }) {
  /** @param {string} test */
  const rank = (test) => {
    const name = basename(test);
    if (slow.includes(name)) return 3;
    if (near[file] === name) return 0;
    return file.includes(name.replace(".test.ts", "")) ? 1 : 2;
  };
  const tried = tests.filter((test) => !skipped.includes(basename(test)));
  return tried.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
