import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepReports } from "./reports.js";
import { tell } from "./story.js";

export interface DemoOptions {
  /** How `qsc` is run: the interpreter and its program. */
  readonly qsc: readonly string[];
  /** Where the reports stay after the demo, which replaces what is there; made if it does not exist. */
  readonly reports: string;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
}

/**
 * Plays the runbook on the reference engine with four ONNX models, in a temporary directory, and tells it on stdout: a
 * collapsed model is refused, and a canary that collapses is rolled back. Takes about two minutes; needs Linux and git.
 *
 * @returns whether every step ended as expected
 * @throws the signal's reason, if it ends the demo; the engine and all files are gone then
 */
export async function runDemo({ qsc, reports, signal }: DemoOptions): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), "qsc-demo-"));
  try {
    const isDone = await tell(directory, qsc, signal);
    keepReports(directory, reports);
    return isDone;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
