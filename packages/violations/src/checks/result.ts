import type { CheckResult, CheckStatus, Counted } from "@qsc/contract";
import type { PredictionCheckId } from "./predictions/rows.js";
import type { FurtherId } from "./registry.js";

/** The result of a check that makes one comparison of one count or share. */
export function result(
  id: FurtherId | PredictionCheckId,
  status: CheckStatus,
  facts: {
    readonly value: number | null;
    readonly limit: number | null;
    readonly n: number;
    readonly reason: string;
    readonly waived?: boolean;
  },
): CheckResult {
  return resultOf(id, status, facts);
}

/** The same for a check of the policy's own, whatever its name. */
export function ownResult(id: string, status: CheckStatus, n: number, reason: string): CheckResult {
  return resultOf(id, status, { value: null, limit: null, n, reason });
}

function resultOf(id: string, status: CheckStatus, facts: Parameters<typeof result>[2]): CheckResult {
  const { value, limit, n, reason, waived = false } = facts;
  const waives = waived && status === "unknown";
  return { id, status, value, limit, n, interval: null, reason, waived: waives, conditions: [] };
}

/** The status of something that must never occur, when `unread` events could hide an occurrence. */
export function neverStatus(count: number, unread: number): CheckStatus {
  if (count > 0) return "violation";
  return unread > 0 ? "unknown" : "pass";
}

/** The most frequent kinds, with the place of the first occurrence of each. */
export function describeFaults(faults: readonly Counted[], most = 3): string {
  const shown = faults.slice(0, most).map(({ what, count, sample }) => {
    return `${what} (${count} x, first ${sample ?? "at an unknown place"})`;
  });
  const rest = faults.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more kinds` : shown.join(", ");
}

/** What unread events leave open, for a check that tolerates no occurrence. */
export function couldHide(unread: number, what: string): string {
  const events = unread === 1 ? "1 event" : `${unread} events`;
  return `none was seen, but ${events} could not be read, and each could hold ${what}`;
}
