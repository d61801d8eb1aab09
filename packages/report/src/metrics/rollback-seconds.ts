import type { AuditEntry } from "@qsc/contract";

/**
 * How long the newest rollback of a log took, in seconds: one attempt by itself as the log has it, several from the
 * beginning of the first one to the end of the last. Null if there was none, or if an earlier version logged it, which
 * did not measure it, or if the host's clock was set back meanwhile.
 */
export function rollbackSeconds(entries: readonly AuditEntry[]): number | null {
  const own = newestRollback(entries);
  const [first, last] = [own[0], own.at(-1)];
  const tookMs = first?.details["tookMs"];
  if (first === undefined || last === undefined || typeof tookMs !== "number" || !(tookMs >= 0)) return null;
  const ms = tookMs + Date.parse(last.at) - Date.parse(first.at);
  return ms >= 0 ? ms / 1000 : null;
}

/** The entries of the newest rollback, oldest first: its failed attempts, and the proof if there is one. */
function newestRollback(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const end = entries.findLastIndex(({ event }) => event === "rollback" || event === "rollback_failed");
  const begin = entries.findLastIndex(({ event }, index) => index < end && !IS_WITHIN.includes(event));
  return entries.slice(begin + 1, end + 1).filter(({ event }) => event !== "dead_man_armed");
}

/** What can stand between the first failed attempt and the proof. */
const IS_WITHIN: readonly AuditEntry["event"][] = ["rollback_failed", "dead_man_armed"];
