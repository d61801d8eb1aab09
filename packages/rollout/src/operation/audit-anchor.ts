import type { AuditAnchor, AuditEntry } from "@qsc/contract";
import type { OperationContext } from "./context.js";

/**
 * The newest entry that a command knows to be in the log: from the state that it read, and from its own synced entries.
 */
const known = new WeakMap<OperationContext, AuditAnchor>();

/** The newest entry that a command knows to be on the disk; null if it knows none. */
export function anchorOf(context: OperationContext): AuditAnchor | null {
  return known.get(context) ?? null;
}

/** Remembers an entry that is on the disk, unless a newer one is known. */
export function rememberAnchor(context: OperationContext, { number, hash }: AuditAnchor): void {
  if (number > (anchorOf(context)?.number ?? 0)) known.set(context, { number, hash });
}

/**
 * Why a log does not contain the entry of an anchor; null if it does. Entries after the anchored one are fine: a crash
 * may come between an entry and the state that mentions it.
 */
export function anchorProblem(entries: readonly AuditEntry[], { number, hash }: AuditAnchor): string | null {
  const entry = entries[number - 1];
  if (entry === undefined) {
    const first = entries.length + 1;
    const missing = first === number ? `entry ${number} is missing` : `entries ${first} to ${number} are missing`;
    return `it has ${entries.length} of at least ${number} entries: its end was cut off, or it was deleted, and ${missing}`;
  }
  return entry.hash === hash ? null : `entry ${number} is not the one that was written: the log was replaced`;
}
