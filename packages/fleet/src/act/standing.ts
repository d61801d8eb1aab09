import { iso, type ErrorCode, type FleetHostReport } from "@qsc/contract";
import type { Answer } from "../ssh/answer.js";
import { HEARTBEAT_SECONDS } from "../ssh/run.js";
import type { FleetContext } from "./context.js";

/** What is known of a host while a command acts on its fleet. */
export type Standing =
  | { readonly kind: "untouched" }
  /** Something was begun there, and has not been proven: it may have a canary. */
  | { readonly kind: "begun" }
  | { readonly kind: "proven"; readonly phase: string | null }
  | { readonly kind: "rolled_back"; readonly reasons: readonly string[] }
  | { readonly kind: "failed"; readonly reasons: readonly string[]; readonly phase: string | null }
  | { readonly kind: "unreachable"; readonly reasons: readonly string[]; readonly untilMs: number };

/** An answer that is no proof. */
export type Unproven = Exclude<Answer, { readonly kind: "proven" }>;

/** Why an answer is no proof, in sentences: at least one. */
export function whyOf(answer: Unproven): readonly [string, ...string[]] {
  switch (answer.kind) {
    case "refused":
      return withReason(answer.document.reasons);
    case "unreachable":
      return [`it cannot be reached: ${answer.detail}. Try ssh by hand.`];
    case "unclear":
      return [`what it answered proves nothing: ${answer.detail}. Run the command there by hand.`];
  }
}

function withReason([first = "it gave no reason", ...rest]: readonly string[]): readonly [string, ...string[]] {
  return [first, ...rest];
}

/** The code of what kept a host from being proven. */
export function codeOf({ kind }: Unproven): ErrorCode {
  return ({ refused: "host_failed", unreachable: "host_unreachable", unclear: "host_unclear" } as const)[kind];
}

/**
 * When a canary of which nothing is heard has been rolled back by its own dead-man, in milliseconds since 1970: what
 * the fleet began there ends after its last heartbeat, and then the canary is unwatched.
 */
export function untilMs({ now, bounds }: Pick<FleetContext, "now" | "bounds">): number {
  return now() + (HEARTBEAT_SECONDS + bounds.promise) * 1000;
}

/** The standing of a host that has not proven what it was asked for, and does not say that it has undone it. */
export function unproven(context: FleetContext, answer: Unproven, phase: string | null = null): Standing {
  const reasons = whyOf(answer);
  if (answer.kind === "unreachable") return { kind: "unreachable", reasons, untilMs: untilMs(context) };
  return { kind: "failed", reasons, phase };
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
