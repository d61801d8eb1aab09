import { nodeVersionProblem } from "./node-version.js";
import { bringPnpm } from "./pnpm.js";
import { manifest } from "./root.js";
import { step, StepFailed } from "./step.js";

/** From a fresh clone, with only Node, npm and git, to a built workspace. Throws `StepFailed`. */
export async function setup() {
  const problem = nodeVersionProblem(process.versions.node, manifest.engines.node);
  if (problem !== undefined) {
    console.log(problem);
    throw new StepFailed("Node", 1);
  }
  await bringPnpm();
  await step(
    "dependencies",
    // pnpm cannot ask anyone here whether it may replace an older node_modules.
    ["pnpm", "install", "--frozen-lockfile", "--config.confirm-modules-purge=false"],
    "If the lockfile is out of date, run `pnpm install` and commit it; otherwise check the network.",
  );
  await step(
    "build",
    ["node_modules/.bin/turbo", "run", "build", "--output-logs=errors-only"],
    "The compiler's errors are above: fix them, then run this again.",
    { env: { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" } },
  );
}
