import { createHash } from "node:crypto";
import { digestOf, type AuditEntry } from "@qsc/contract";
import { FIRST, type LogPosition } from "./position.js";

/** What the next bytes of a log are. */
export interface LogItem {
  /** An entry whose own hash is right; null for a finding without one. */
  readonly entry: AuditEntry | null;
  /** Why this is not what has to follow; null if it is. */
  readonly fault: string | null;
  /** The position once this item is done with. */
  readonly after: LogPosition;
}

/** The longest tail that is compared. Entries are shorter, so that it holds at least one hash. */
const TAIL_BYTES = 256;

export type EntryReader = (value: unknown) => AuditEntry | null;

/**
 * The first item of `bytes`, which follow `from` in its file; null if they are not a whole item yet. Lines that a crash
 * cut off are passed over if the next entry names their hash, as `qsc audit verify` does. Nothing else is: what is not
 * the next entry is an item with a fault, so that a person is told.
 */
export function nextItem(bytes: Buffer, from: LogPosition, readEntry: EntryReader): LogItem | null {
  const torn: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline;
    const text = bytes.toString("utf8", at, end);
    const next = newline < 0 ? end : newline + 1;
    const entry = readEntry(parsed(text));
    // A last line without its end is an entry if it is whole. The line end that it lacks comes with the next one.
    if (entry === null && newline < 0) return null;
    if (entry !== null) return itemOf(entry, torn, positionAfter(bytes, next, from, entry), from);
    // The end of an entry that was read before its line end was there.
    if (!(text === "" && at === 0)) torn.push(text);
    at = next;
  }
  return null;
}

function itemOf(entry: AuditEntry, torn: readonly string[], after: LogPosition, { last }: LogPosition): LogItem {
  const { hash, ...head } = entry;
  if (hashOf(head) !== hash)
    return { entry: null, fault: `entry ${entry.number} was changed: its hash does not match`, after };
  return { entry, fault: chainFault(entry, torn, last), after };
}

/** Null for what has none, such as a number that JSON cannot have: no command wrote that. */
function hashOf(head: object): string | null {
  try {
    return digestOf(head);
  } catch {
    return null;
  }
}

function chainFault(entry: AuditEntry, torn: readonly string[], last: LogPosition["last"]): string | null {
  const cut = torn.length === 0 ? null : createHash("sha256").update(torn.join("\n")).digest("hex");
  if (entry.torn !== cut)
    return cut === null
      ? `a line before entry ${entry.number} is gone`
      : `a line before entry ${entry.number} is not an entry`;
  if (last === null || (entry.previous === last.hash && entry.number === last.number + 1)) return null;
  return entry.previous === FIRST.hash
    ? `a new log begins after entry ${last.number}`
    : `entry ${entry.number} does not follow entry ${last.number}`;
}

function positionAfter(bytes: Buffer, end: number, from: LogPosition, entry: AuditEntry): LogPosition {
  const { event, unit, number, hash } = entry;
  const model = entry.details["model"];
  const begins = (event === "activate" || event === "promote") && typeof model === "string";
  return {
    file: from.file,
    offset: from.offset + end,
    tail: tailOf(bytes.subarray(0, end)),
    last: { number, hash },
    canary: begins ? { unit, model } : from.canary,
  };
}

/** The end of some bytes, to be compared later. */
export function tailOf(bytes: Buffer): LogPosition["tail"] {
  const tail = bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES));
  return { bytes: tail.length, sha256: createHash("sha256").update(tail).digest("hex") };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
