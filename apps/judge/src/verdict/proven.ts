import { EXIT, type GateDocument, type JudgeDocument } from "@qsc/contract";

/** Whether a document is a proven pass: the only thing that a status of success, or a `pass` that is true, is said of. */
export function isProven(document: GateDocument | JudgeDocument): boolean {
  if (document.verdict !== "pass" || document.exitCode !== EXIT.proven || document.reasons.length > 0) return false;
  return document.kind === "judge" || document.mode === "canary";
}

/** The status of a verdict: a pass is a success, and whatever else was found is none. */
export function statusOf(document: GateDocument | JudgeDocument): number {
  return isProven(document) ? 200 : NOT_A_PASS;
}

/** The request was understood, and what it is about does not stand in a way that permits a pass. */
export const NOT_A_PASS = 409;
