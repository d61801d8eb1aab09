import { iso, type ErrorCode, type FleetHostReport } from "@qsc/contract";
import type { Answer } from "../ssh/answer.js";
import { HEARTBEAT_SECONDS } from "../ssh/run.js";

/**
 * The longest that an unwatched canary serves, in seconds, by the promise of QSC. A unit that takes long to stop is refused
 * as a canary's.
 */
const PROMISE_SECONDS = 120;

/** What is known of a host while a command acts on its fleet. */
export type Standing =
  | { readonly kind: "untouched" }
  /** Something was begun there, and has not been proven: it may have a canary. */
  | { readonly kind: "begun" }
  | { readonly kind: "proven"; readonly phase: string | null }
  | { readonly kind: "rolled_back"; readonly reasons: readonly string[] }
  | { readonly kind: "failed"; readonly reasons: readonly string[]; readonly phase: string | null }
  | { readonly kind: "unreachable"; readonly reasons: readonly string[]; readonly untilMs: number };

/** Why an answer is no proof, in sentences. */
export function whyOf(answer: Exclude<Answer, { readonly kind: "proven" }>): readonly string[] {
  switch (answer.kind) {
    case "refused":
      return answer.document.reasons;
    case "unreachable":
      return [`it cannot be reached: ${answer.detail}`];
    case "unclear":
      return [`what it answered proves nothing: ${answer.detail}`];
  }
}

/** The code of what kept a host from being proven. */
export function codeOf({ kind }: Exclude<Answer, { readonly kind: "proven" }>): ErrorCode {
  return ({ refused: "host_failed", unreachable: "host_unreachable", unclear: "host_unclear" } as const)[kind];
}

/**
 * When a canary of which nothing is heard has been rolled back by its own dead-man, in milliseconds since 1970: what
 * the fleet began there ends after its last heartbeat, and then the canary is unwatched.
 */
export function untilMs(nowMs: number): number {
  return nowMs + (HEARTBEAT_SECONDS + PROMISE_SECONDS) * 1000;
}

/** A host at the end. */
export function reportOf(name: string, wave: number | null, standing: Standing): FleetHostReport {
  const report = { name, wave, phase: null, reasons: [], until: null };
  switch (standing.kind) {
    case "untouched":
      return { ...report, outcome: "untouched" };
    case "begun":
      return { ...report, outcome: "failed", reasons: ["what was begun there has not been proven"] };
    case "proven":
      return { ...report, outcome: "proven", phase: standing.phase };
    case "rolled_back":
      return { ...report, outcome: "rolled_back", reasons: standing.reasons };
    case "failed":
      return { ...report, outcome: "failed", reasons: standing.reasons, phase: standing.phase };
    case "unreachable":
      return { ...report, outcome: "unreachable", reasons: standing.reasons, until: iso(standing.untilMs) };
  }
}
