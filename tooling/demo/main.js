// `npm run demo`: a real engine with real models, healthy and collapsed, judged by the runbook's commands.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { setup } from "../bootstrap/setup.js";
import { StepFailed } from "../bootstrap/step.js";
import { keepReports } from "./reports.js";

const stop = new AbortController();

async function demo() {
  await setup();
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(signal, () => {
      stop.abort();
    });
  const directory = mkdtempSync(join(tmpdir(), "qsc-demo-"));
  try {
    // Imported after the setup, which builds what it imports.
    const { tell } = await import("./story.js");
    const isDone = await tell(directory, stop.signal);
    keepReports(directory);
    return isDone ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

try {
  process.exitCode = await demo();
} catch (error) {
  if (stop.signal.aborted) {
    console.log("\nThe demo was stopped; its engine and its files are gone.");
    process.exitCode = 130;
  } else if (error instanceof StepFailed) {
    process.exitCode = error.code;
  } else {
    throw error;
  }
}
