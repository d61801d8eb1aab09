import { EXIT, type GateDocument, type JudgeDocument } from "@qsc/contract";

/**
 * Whether a document is a proven pass: the only thing that a status of success, or a `pass` that is true, is said of. A
 * gate proves something of now alone: what was judged as of an earlier time may have changed since.
 */
function isProven(document: GateDocument | JudgeDocument): boolean {
  if (document.verdict !== "pass" || document.exitCode !== EXIT.proven || document.reasons.length > 0) return false;
  return document.kind === "judge" || (document.mode === "canary" && document.asOfFrom === "clock");
}

/** The status of a verdict: a pass is a success, and whatever else was found is none. */
export function statusOf(document: GateDocument | JudgeDocument): number {
  return isProven(document) ? 200 : NOT_A_PASS;
}

/** What the headers and metrics say was found: a pass that is not proven is unknown there. */
export function verdictOf(document: GateDocument | JudgeDocument): string {
  return document.verdict === "pass" && !isProven(document) ? "unknown" : document.verdict;
}

/** What a controller is told of a gate. */
export interface Said {
  readonly pass: boolean;
  readonly verdict: string;
  readonly model: string;
  readonly reasons: readonly string[];
  readonly codes: readonly string[];
  readonly asOf: string;
  readonly asOfFrom: GateDocument["asOfFrom"];
  readonly after: string | null;
}

/** A gate in the words of a controller, with the reason why a pass as of another time is none. */
export function saidOf(document: GateDocument): Said {
  const { verdict, model, reasons, codes = [], asOf, asOfFrom, after } = document;
  const isOfThen = verdict === "pass" && asOfFrom !== "clock";
  return {
    pass: isProven(document),
    verdict: verdictOf(document),
    model: model ?? "",
    reasons: isOfThen ? [`the verdict is as of ${asOf}, and not of now: leave out asOf`] : reasons,
    codes: isOfThen ? ["telemetry_recorded"] : codes,
    asOf,
    asOfFrom,
    after,
  };
}

/** The request was understood, and what it is about does not stand in a way that permits a pass. */
export const NOT_A_PASS = 409;
