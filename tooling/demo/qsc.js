import { run } from "../bootstrap/run.js";

/** @type {Record<number, string>} */
const meanings = {
  0: "a pass, and proven",
  1: "a usage or internal error",
  2: "no pass: failed, or not proven",
  3: "collection complete: evidence, and never a pass",
};

/**
 * One command of the runbook, as an operator types it.
 *
 * @typedef {{ says: string, command: readonly string[], expected: number, meaning?: string }} Step
 */

/**
 * Runs `qsc` on a journal and says what its exit code means.
 *
 * @param {Step} step
 * @param {{ source: string, workdir: string }} place
 * @returns {Promise<boolean>} whether it ended as expected
 */
export async function runStep({ says, command, expected, meaning }, { source, workdir }) {
  const args = [...command, "--source", source, "--workdir", workdir];
  console.log(`\n# ${says}\n$ ./node_modules/.bin/qsc ${args.join(" ")}`);
  const { code } = await run("./node_modules/.bin/qsc", args, { output: "shown" });
  console.log(`exit code ${code}: ${(code === expected ? meaning : undefined) ?? meanings[code] ?? "not one of qsc's"}`);
  if (code === expected) return true;
  console.log(`expected was ${expected}: ${meaning ?? meanings[expected]}`);
  return false;
}
