// `npm run demo`: the operator's first four commands over a recorded stream of a healthy ensemble.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "./run.js";
import { setup } from "./setup.js";
import { StepFailed } from "./step.js";

const steps = [
  { command: ["feature-sanity"], says: "are the models fed with living features?", expected: 0 },
  { command: ["quality-gate", "--mode", "collection"], says: "collects evidence and decides nothing", expected: 3 },
  { command: ["quality-gate", "--mode", "canary"], says: "may a model take 10 % of the traffic?", expected: 0 },
  { command: ["scoreboard"], says: "how does each model stand, and the ensemble?", expected: 0 },
];

/** @type {Record<number, string>} */
const meanings = {
  0: "a pass, and proven",
  1: "a usage or internal error",
  2: "no pass: failed, or not proven",
  3: "collection complete: evidence, and never a pass",
};

async function demo() {
  await setup();
  const workdir = mkdtempSync(join(tmpdir(), "qsc-demo-"));
  let asExpected = 0;
  for (const { command, says, expected } of steps) {
    const args = [...command, "--source", "file:demo/healthy.ndjson.gz", "--workdir", workdir];
    console.log(`\n# ${says}\n$ ./node_modules/.bin/qsc ${args.join(" ")}`);
    const { code } = await run("./node_modules/.bin/qsc", args, { output: "shown" });
    console.log(`exit code ${code}: ${meanings[code] ?? "not one of qsc's"}`);
    if (code === expected) asExpected += 1;
    else console.log(`expected was ${expected}: ${meanings[expected]}`);
  }
  rmSync(workdir, { recursive: true });
  const all = asExpected === steps.length;
  const ending = all ? "The demo is done" : "The demo FAILED";
  console.log(`\n${ending}: ${asExpected} of ${steps.length} steps ended as expected.`);
  return all ? 0 : 1;
}

try {
  process.exitCode = await demo();
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.code;
}
