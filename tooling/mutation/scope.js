import { readdirSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";

import { root } from "../bootstrap/root.js";

/**
 * A package, what of it is mutated (files or whole folders), which test is about a file where their
 * names do not say it, and which tests are left out.
 *
 * @typedef {{
 *   readonly directory: string,
 *   readonly mutated: readonly string[],
 *   readonly spared?: readonly string[],
 *   readonly near?: Readonly<Record<string, string>>,
 *   readonly skipped?: readonly string[],
 * }} Scope
 */

/**
 * Everything that decides a verdict: what is counted (cards), what is compared with a limit (checks, policy, features,
 * degeneracy), and what is judged beside the whole (segments). A new file in one of these folders is included
 * automatically. Not mutated are the instruments beneath, whose tests measure error rates over many seeds (sequential,
 * dependence) or compare with an exact oracle over millions of values (duplicates, sample).
 *
 * @type {Scope}
 */
export const violations = {
  directory: join(root, "packages/violations"),
  mutated: [
    "src/segments",
    "src/cards",
    "src/policy/expression.ts",
    "src/policy/labels-rule.ts",
    "src/policy/limit-of.ts",
    "src/policy/limits.ts",
    "src/features",
    "src/checks",
    "src/judge-model.ts",
    "src/judge.ts",
    "src/predictions.ts",
    "src/label-window.ts",
    "src/degeneracy.ts",
  ],
  // Words, and the instruments named above.
  spared: [
    "src/cards/duplicates.ts",
    "src/cards/sample.ts",
    "src/checks/words.ts",
    "src/checks/telemetry/clock-words.ts",
    "src/segments/words.ts",
  ],
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
    "src/cards/telemetry-card.ts": "telemetry.test.ts",
    "src/cards/feature-times.ts": "stale-features.test.ts",
    "src/policy/expression.ts": "policy.test.ts",
    "src/features/reference.ts": "drift.test.ts",
    "src/cards/weight-spread.ts": "telemetry.test.ts",
    "src/features/manifests.ts": "drift.test.ts",
    "src/judge.ts": "telemetry.test.ts",
  },
  // One makes three million decisions and is about the instruments alone; three read the pages and sources of the whole
  // repository.
  skipped: ["duplicates.test.ts", "check-pages.test.ts", "registry.test.ts", "page.test.ts"],
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
 * The tests to try on a mutant of `file`, in order: those that killed the mutants before it, the last one first, then
 * those about the file, then the cheap ones. Those that never reach the mutant are left out.
 *
 * @param {readonly string[]} tests
 * @param {{ readonly file: string, readonly probe: string }} mutant
 * @param {Pick<Scope, "near" | "skipped">} scope
 * @param {{
 *   readonly reached?: ReadonlyMap<string, ReadonlySet<string>>,
 *   readonly cpuMs?: ReadonlyMap<string, number>,
 *   readonly killers?: readonly string[],
 * }} known `reached`: the probes by the name of a test file; `killers`: the last one last
 */
export function inOrder(tests, { file, probe }, { near = {}, skipped = [] }, { reached, cpuMs, killers = [] } = {}) {
  /** @param {string} test */
  const rank = (test) => {
    const name = basename(test);
    if (killers.includes(test)) return -1 - killers.lastIndexOf(test);
    if (near[file] === name) return 0;
    return file.includes(name.replace(".test.ts", "")) ? 1 : 2;
  };
  /** @param {string} test */
  const cost = (test) => cpuMs?.get(test) ?? 0;
  return tests
    .filter((test) => !skipped.includes(basename(test)))
    .filter((test) => reached === undefined || reached.get(basename(test))?.has(probe) === true)
    .sort((a, b) => rank(a) - rank(b) || cost(a) - cost(b) || (a < b ? -1 : 1));
}
