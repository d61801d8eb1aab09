// Mutates what the checks compare, and requires that a test fails each time.
//
//   node tooling/mutation/run.js [--write] [--only <part of a file's path>] [--resume <file>]
import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { root } from "../bootstrap/root.js";
import { equivalents } from "./equivalents.js";
import { isSound, outcomeOf } from "./outcome.js";
import { complaints, line, markdown, totals } from "./render.js";
import { violations } from "./scope.js";
import { tryMutants } from "./trials.js";

const { values } = parseArgs({
  options: { write: { type: "boolean" }, only: { type: "string" }, resume: { type: "string" } },
});
if (values.write === true && values.only !== undefined) throw new Error("--write needs all mutants: leave out --only");

// On exit, every sandbox removes itself.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

const started = performance.now();
const tried = await tryMutants(violations, {
  only: values.only ?? "",
  ...(values.resume === undefined ? {} : { resume: values.resume }),
  onResumed: (found, of) => {
    console.log(`${found} of ${of} mutants were tried before, on the same code and tests`);
  },
  onTried: (mutant) => {
    console.log(line(mutant, outcomeOf([mutant], equivalents)));
  },
});
const outcome = outcomeOf(tried, equivalents);
const seconds = Math.round((performance.now() - started) / 1000);
console.log(["", ...complaints(outcome), `${totals(outcome)}, in ${seconds} s`].join("\n"));
if (values.write === true) {
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(
    join(root, "docs/mutations.md"),
    markdown(outcome, { date, node: process.version, seconds, packageName: "@qsc/violations" }),
  );
}
process.exitCode = isSound(outcome) ? 0 : 1;
