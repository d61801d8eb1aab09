import type { AuditEntry, UnloggedEntry } from "@qsc/contract";
import type { OperationContext } from "./context.js";

/**
 * The most entries that a state keeps: without a limit, the attempts of weeks would fill it. The oldest stay, which say
 * how it began.
 */
const MOST = 100;

/** What a command knows of entries that could not be written: from the state that it read, and of its own. */
const known = new WeakMap<OperationContext, readonly UnloggedEntry[]>();
/** Those that a command has found or written in the log since: a state that still has them is older. */
const settled = new WeakMap<OperationContext, readonly UnloggedEntry[]>();

/** The entries that this command knows to be missing from the log; each may have been written since. */
export function unloggedOf(context: OperationContext): readonly UnloggedEntry[] {
  return known.get(context) ?? [];
}

/** Remembers entries that could not be written, until they are. */
export function rememberUnlogged(context: OperationContext, entries: readonly UnloggedEntry[]): void {
  const before = unloggedOf(context);
  const told = [...before, ...(settled.get(context) ?? [])];
  const fresh = entries.filter((entry) => !told.some((other) => isSame(entry, other)));
  if (fresh.length === 0) return;
  known.set(context, [...before, ...fresh].sort(byTime).slice(0, MOST));
}

/** Called once all of them are in the log. */
export function forgetUnlogged(context: OperationContext): void {
  settled.set(context, [...(settled.get(context) ?? []), ...unloggedOf(context)]);
  known.delete(context);
}

function byTime(one: UnloggedEntry, other: UnloggedEntry): number {
  return Date.parse(one.at) - Date.parse(other.at);
}

/** Those that are not in the log: a command may have ended between an entry and the state that mentions it. */
export function missingFrom(
  entries: readonly AuditEntry[],
  unlogged: readonly UnloggedEntry[],
): readonly UnloggedEntry[] {
  return unlogged.filter((entry) => !entries.some((other) => isSame(entry, other)));
}

/** What is missing from a log, as a sentence; null if nothing is. */
export function incomplete(path: string, missing: readonly UnloggedEntry[]): string | null {
  if (missing.length === 0) return null;
  const said = missing.map(({ event, at, user, details }) => {
    const reason = typeof details["reason"] === "string" ? ` (${details["reason"]})` : "";
    return `'${event}' of ${at} by ${user}${reason}`;
  });
  return `${path} lacks ${said.join(", ")}: it could not be written then, and only the state has it. End the command that holds the log, or see to its disk; then run qsc rollback, which writes it.`;
}

function isSame(one: Named, other: Named): boolean {
  return one.operation === other.operation && one.event === other.event && one.at === other.at;
}

type Named = Pick<UnloggedEntry, "operation" | "event" | "at">;
