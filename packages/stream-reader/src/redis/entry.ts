import { isUtf8 } from "node:buffer";
import { MAX_ENTRY_BYTES, parseEntryId, QscError, type EntryId } from "@qsc/contract";
import type { SourceItem } from "../port.js";

/** An entry as Redis sent it: its ID, then names and values in turn, in bytes. */
export type ReplyEntry = readonly [id: Buffer, fields: readonly Buffer[] | null];

/** The ID of an entry; Redis never sends any other. */
export function replyId(entry: ReplyEntry): EntryId {
  const id = parseEntryId(entry[0].toString("latin1"));
  if (id !== null) return id;
  throw new QscError("source_unreadable", "Redis sent an entry without an ID; check the server.");
}

/** The size of an entry's names and values. */
export function replyBytes(entry: ReplyEntry): number {
  return (entry[1] ?? []).reduce((sum, { length }) => sum + length, 0);
}

/** The entry as text, or why there is none. One that is too large is never made into text. */
export function itemOf(entry: ReplyEntry): SourceItem {
  const id = replyId(entry);
  const bytes = replyBytes(entry);
  if (bytes > MAX_ENTRY_BYTES) {
    const detail = `${bytes} bytes; at most ${MAX_ENTRY_BYTES} are read`;
    return { kind: "rejected", id, place: id, reason: "too_large", detail };
  }
  const fields: string[] = [];
  for (const field of entry[1] ?? []) {
    if (!isUtf8(field)) {
      const detail = "a field's name or value is not UTF-8";
      return { kind: "rejected", id, place: id, reason: "invalid_utf8", detail };
    }
    fields.push(field.toString());
  }
  return { kind: "entry", id, place: id, fields };
}
