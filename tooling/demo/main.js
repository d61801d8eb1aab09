// `npm run demo`: sets the clone up, and runs `qsc demo` in it.
import { join } from "node:path";

import { root } from "../bootstrap/root.js";
import { run } from "../bootstrap/run.js";
import { setup } from "../bootstrap/setup.js";
import { StepFailed } from "../bootstrap/step.js";

try {
  await setup();
  const { code } = await run(join(root, "node_modules/.bin/qsc"), ["demo"], { output: "shown" });
  process.exitCode = code;
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.code;
}
