import { inertText, type OperationStep } from "@qsc/contract";
import type { Io } from "./io.js";
import { withCode } from "./with-code.js";

const WORDS: Readonly<Record<OperationStep["outcome"], string>> = { done: "ok", planned: "would", failed: "FAILED", undone: "undone", skipped: "skipped" };

/** Says each step when it has been taken; nothing when quiet. */
export function stepPrinter(io: Io, quiet: boolean): (step: OperationStep) => void {
  if (quiet) return () => undefined;
  return ({ name, outcome, detail, code }) => { io.err(`  ${WORDS[outcome].padEnd(7)} ${name}: ${inertText(withCode({ code, message: detail }))}\n`); };
}
