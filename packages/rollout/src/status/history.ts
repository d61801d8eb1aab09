import {
  iso,
  type AuditEntry,
  type AuditEvent,
  type CanaryPhase,
  type CanaryState,
  type LoggedRollback,
  type UnloggedEntry,
} from "@qsc/contract";

/** The entry of the log that begins a phase. The state does not have that time: each judgement rewrites it. */
const BEGINS: Readonly<Partial<Record<CanaryPhase, AuditEvent>>> = {
  canary: "activate",
  eligible: "eligible",
  promoted: "promoted",
};

/** When the phase of a state began; null if the log does not say. */
export function phaseSince({ phase, updatedAt }: CanaryState, entries: readonly AuditEntry[]): string | null {
  const begins = BEGINS[phase];
  return begins === undefined ? updatedAt : (entries.findLast(({ event }) => event === begins)?.at ?? null);
}

/** When a running watch will end, if it is judged without a break from now on. */
export function watchEndsAt(state: CanaryState | null): string | null {
  if (state === null || state.phase !== "canary") return null;
  const { lastJudgedAt, startedAt, durationMs, watchedMs } = state.watch;
  return iso(Date.parse(lastJudgedAt ?? startedAt) + Math.max(0, durationMs - watchedMs));
}

/** The newest rollback of a log and of what is missing from it, and whether it was proven. */
export function lastRollback(entries: readonly UnloggedEntry[]): LoggedRollback | null {
  const found = entries.findLast(({ event }) => event === "rollback" || event === "rollback_failed");
  if (found === undefined) return null;
  const { at, user, host, event, details } = found;
  const reason = typeof details["reason"] === "string" ? details["reason"] : "no reason is logged";
  return { at, user, host, reason, proven: event === "rollback" };
}
