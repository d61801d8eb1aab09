import { parseEntryId, type EntryId } from "@qsc/contract";
import { bytesOf } from "../resp/simple-reply.js";

/** The reply of XINFO STREAM. Servers older than 7.0 lack the last two values. */
export interface StreamInfo {
  readonly length: number;
  readonly firstId: EntryId | null;
  readonly lastId: EntryId | null;
  /** The newest ID ever assigned, even if its entry is gone. */
  readonly lastGeneratedId: EntryId;
  readonly entriesAdded: number | null;
  /** The highest ID ever deleted individually; trimming does not change it. `0-0` if there is none. */
  readonly maxDeletedId: EntryId | null;
  /** The size in bytes of the first or the last entry, whichever is larger. */
  readonly sampleBytes: number;
}

/** The reply of XINFO STREAM; null if there is no such key. */
export async function streamInfoOf(answer: Promise<unknown>): Promise<StreamInfo | null> {
  try {
    const info = parseStreamInfo(await answer);
    if (info !== null) return info;
  } catch (error) {
    if (error instanceof Error && /no such key/.test(error.message)) return null;
    throw error;
  }
  throw new Error("the reply of XINFO STREAM lacks its length or last-generated-id");
}

/** Parses the reply of XINFO STREAM; null if it is something else. */
function parseStreamInfo(reply: unknown): StreamInfo | null {
  if (!Array.isArray(reply)) return null;
  const members = new Map<string, unknown>();
  for (let at = 0; at + 1 < reply.length; at += 2) members.set(String(reply[at]), reply[at + 1]);
  const length = members.get("length");
  const lastGeneratedId = idOf(members.get("last-generated-id"));
  if (typeof length !== "number" || lastGeneratedId === null) return null;
  const added = members.get("entries-added");
  return {
    length,
    firstId: entryIdOf(members.get("first-entry")),
    lastId: entryIdOf(members.get("last-entry")),
    lastGeneratedId,
    entriesAdded: typeof added === "number" ? added : null,
    maxDeletedId: idOf(members.get("max-deleted-entry-id")),
    sampleBytes: Math.max(bytesOfEntry(members.get("first-entry")), bytesOfEntry(members.get("last-entry"))),
  };
}

/** How many entries have left the stream, trimmed or deleted; null if the server does not count. */
export function removedCount(info: StreamInfo): number | null {
  return info.entriesAdded === null ? null : info.entriesAdded - info.length;
}

function entryIdOf(entry: unknown): EntryId | null {
  return Array.isArray(entry) ? idOf(entry[0]) : null;
}

function bytesOfEntry(entry: unknown): number {
  const fields: unknown = Array.isArray(entry) ? entry[1] : null;
  return Array.isArray(fields) ? fields.reduce<number>((sum, field) => sum + bytesOf(field), 0) : 0;
}

function idOf(value: unknown): EntryId | null {
  return typeof value === "string" || Buffer.isBuffer(value) ? parseEntryId(String(value)) : null;
}
