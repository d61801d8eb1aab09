import { parseEntryId, QscError, type EntryId } from "@qsc/contract";
import type { EntryPlaces } from "./reply-page.js";

/** An entry as Redis sent it: its ID, then names and values in turn, as bytes. */
export type ReplyEntry = readonly [id: Buffer, fields: readonly Buffer[] | null];

const BETWEEN = Buffer.from("\n");

/** The ID of an entry. Redis never sends anything else here. */
export function replyId(text: string): EntryId {
  const id = parseEntryId(text);
  if (id !== null) return id;
  throw new QscError("source_unreadable", "Redis sent an entry without an ID; check the server.");
}

/** The positions of the fields of these entries when they are concatenated. */
export function placesOf(entries: readonly ReplyEntry[]): EntryPlaces {
  const pieces: Buffer[] = [];
  const places: number[] = [];
  const first = new Int32Array(entries.length + 1);
  let at = 0;
  for (const [index, [, fields]] of entries.entries()) {
    first[index] = places.length;
    for (const field of fields ?? []) {
      pieces.push(field, BETWEEN);
      places.push(at, at + field.length);
      at += field.length + BETWEEN.length;
    }
  }
  first[entries.length] = places.length;
  return {
    bytes: Buffer.concat(pieces),
    places: Int32Array.from(places),
    first,
    ids: entries.map(([id]) => replyId(id.toString("latin1"))),
    tooLarge: new Map(),
  };
}
