import { join } from "node:path";

import { root } from "../bootstrap/root.js";
import { run } from "../bootstrap/run.js";

/** @type {Record<number, string>} */
const meanings = {
  0: "a pass, and proven",
  1: "a usage or internal error",
  2: "not a pass: failed, or not proven",
  3: "collection complete: evidence, but never a pass",
};

/**
 * One command of the runbook, as an operator types it.
 *
 * @typedef {{ says: string, command: readonly string[], expected: number, meaning?: string }} Step
 * @typedef {{ says: string, passed: boolean }} Outcome
 */

/** Root reads a config file in the current directory only if it is named explicitly. */
const named = ["--config", "qsc.config.yaml"];

/**
 * Runs `qsc` in the directory of its settings, and explains its exit code.
 *
 * @param {Step} step
 * @param {string} directory
 * @returns {Promise<Outcome>} whether it ended as expected
 */
export async function runStep({ says, command, expected, meaning }, directory) {
  const typed = [...command, ...named];
  console.log(`\n# ${says}\n$ qsc ${typed.join(" ")}`);
  const { code } = await run(join(root, "node_modules/.bin/qsc"), typed, { output: "shown", cwd: directory });
  console.log(
    `exit code ${code}: ${(code === expected ? meaning : undefined) ?? meanings[code] ?? "not one of qsc's"}`,
  );
  if (code !== expected) console.log(`expected was ${expected}: ${meaning ?? meanings[expected]}`);
  return { says: `qsc ${command[0] ?? ""}: ${says} (exit ${expected})`, passed: code === expected };
}

/**
 * Runs `qsc` quietly and returns what it prints for a script.
 *
 * @param {readonly string[]} command
 * @param {string} directory
 */
export async function answerOf(command, directory) {
  const { output } = await run(join(root, "node_modules/.bin/qsc"), [...command, ...named, "--quiet"], {
    output: "quiet",
    cwd: directory,
  });
  return output.trim();
}
