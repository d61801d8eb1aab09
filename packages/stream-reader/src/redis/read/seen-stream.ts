import { compareIds, QscError, sha256Of, type EntryId } from "@qsc/contract";
import type { IdRange, SeenStream, SourceItem } from "../../ports/source.js";
import type { RedisConnection } from "../connection.js";
import { identityOf, wentBackwards } from "./stream-identity.js";
import { readRange } from "./read-range.js";
import { removedCount, type StreamInfo } from "./stream-info.js";
import type { StreamWatch } from "./stream-watch.js";

/** Reads one entry; null if it is not there. */
type EntryAt = (id: EntryId) => Promise<SourceItem | null>;

/** How to read single entries through a connection. @param start the stream now */
export function entryReader(connection: RedisConnection, start: StreamInfo): EntryAt {
  return async (id) => {
    for await (const page of readRange(connection, { from: id, to: id }, "oldest-first", start, () => undefined)) {
      const [item] = page;
      if (item !== undefined) return item;
    }
    return null;
  };
}

/** A stream as it is now, for those who will read parts of it. */
export async function seenStream(stream: string, info: StreamInfo, entryAt: EntryAt): Promise<SeenStream> {
  const { entriesAdded: added, firstId, lastId, lastGeneratedId: endId, maxDeletedId: deletedId } = info;
  const newest = lastId === null ? null : await entryAt(lastId);
  return {
    stream,
    mark: { kind: "stream", id: endId, added, firstId, endId, deletedId },
    removed: removedCount(info),
    newest: lastId === null || newest === null ? null : { id: lastId, sha256: fingerprint(newest) },
  };
}

/**
 * Requires that a stream is the one that was divided, and has come at least as far: another server may be reached by
 * the same name, or a replica that lags behind.
 * @throws QscError `source_unreadable`
 */
export async function requireSeen(seen: SeenStream, label: string, info: StreamInfo, entryAt: EntryAt): Promise<void> {
  const why = wentBackwards(identityOf(seen.mark), info) ?? (await whyOther(seen, info, entryAt));
  if (why === null) return;
  throw new QscError(
    "source_unreadable",
    `The stream '${seen.stream}' at ${label} is another one than was divided, or is behind it: ${why}. Every reader must reach the same server by this name.`,
  );
}

/** Whether its newest entry is another one now. If everything up to that was trimmed, that is a loss, and noted. */
async function whyOther({ newest }: SeenStream, { firstId }: StreamInfo, entryAt: EntryAt): Promise<string | null> {
  if (newest === null) return null;
  const there = await entryAt(newest.id);
  if (there !== null) return fingerprint(there) === newest.sha256 ? null : `entry ${newest.id} has another content`;
  const isTrimmed = firstId === null || compareIds(firstId, newest.id) > 0;
  return isTrimmed ? null : `it has no entry ${newest.id}`;
}

/** Notes what a part of a stream has lost since that was divided. */
export function noteLostSince(
  { mark, removed }: SeenStream,
  { from, to }: IdRange,
  info: StreamInfo,
  watch: StreamWatch,
): void {
  const first = identityOf(mark).firstId;
  const isMoved = first !== null && (info.firstId === null || compareIds(info.firstId, first) > 0);
  const isPastBegin = info.firstId === null || compareIds(info.firstId, from) > 0;
  if (isMoved && isPastBegin && compareIds(first, to) <= 0)
    watch.note(
      "trimmed",
      `it was trimmed from ${first} to ${info.firstId ?? "its end"} after it was divided, and before it was read: entries are lost`,
    );
  const now = removedCount(info);
  const isFewer = !isMoved && removed !== null && now !== null && now > removed;
  const isDeleted = isFewer || mark.deletedId !== info.maxDeletedId;
  if (isDeleted && (info.maxDeletedId === null || compareIds(info.maxDeletedId, from) >= 0))
    watch.note(
      "deleted",
      `entries up to ${info.maxDeletedId ?? "an unknown ID"} were deleted after it was divided, and before it was read`,
    );
}

function fingerprint(item: SourceItem): string {
  return sha256Of(JSON.stringify(item.kind === "entry" ? [item.id, ...item.fields] : [item.id, item.reason]));
}
