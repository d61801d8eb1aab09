import { inertText, type OperationStep } from "@qsc/contract";
import type { Io } from "./io.js";
import { withCode } from "./with-code.js";

const WORDS: Readonly<Record<OperationStep["outcome"], string>> = {
  done: "ok",
  planned: "would",
  failed: "FAILED",
  undone: "undone",
  skipped: "skipped",
};

export interface StepPrinter {
  readonly show: (step: OperationStep) => void;
  /** Whether any step was shown. */
  readonly hasShown: () => boolean;
}

/** Prints each step once it has been taken; nothing when quiet. */
export function stepPrinter(io: Io, quiet: boolean): StepPrinter {
  let shown = false;
  const show = ({ name, outcome, detail, code }: OperationStep): void => {
    if (quiet) return;
    shown = true;
    io.err(`  ${WORDS[outcome].padEnd(7)} ${name}: ${inertText(withCode({ code, message: detail }))}\n`);
  };
  return { show, hasShown: () => shown };
}
