import type { AuditAnchor, AuditEntry } from "@qsc/contract";
import type { CanaryWorld } from "./world.js";

/** What a command knows of the log: from the state that it read, and from its own entries once they are on the disk. */
const known = new WeakMap<CanaryWorld, AuditAnchor>();

/** The newest entry that a command knows to be on the disk; null where it knows none. */
export function anchorOf(world: CanaryWorld): AuditAnchor | null {
  return known.get(world) ?? null;
}

/** Remembers an entry that is on the disk. An older one than is known already changes nothing. */
export function rememberAnchor(world: CanaryWorld, { number, hash }: AuditAnchor): void {
  if (number > (anchorOf(world)?.number ?? 0)) known.set(world, { number, hash });
}

/**
 * Why a log is not the one that an anchor was taken of; null where it is. Entries behind the anchored one are no
 * contradiction: a crash comes between an entry and the state that tells of it.
 */
export function anchorProblem(entries: readonly AuditEntry[], { number, hash }: AuditAnchor): string | null {
  const entry = entries[number - 1];
  if (entry === undefined) return `it has ${entries.length} of at least ${number} entries: its end was cut off, or it was deleted`;
  return entry.hash === hash ? null : `entry ${number} is another one: the log was written again`;
}
