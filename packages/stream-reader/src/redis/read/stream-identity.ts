import { compareIds, MIN_ID, parseEntryId, type EntryId, type StreamMark } from "@qsc/contract";
import { removedCount, type StreamInfo } from "./stream-info.js";

/** Values that never go back while a stream is the same one; null if unknown. */
export interface StreamIdentity {
  readonly firstId: EntryId | null;
  readonly lastGeneratedId: EntryId;
  readonly entriesAdded: number | null;
  readonly maxDeletedId: EntryId | null;
}

/** What may have happened to a stream that went backwards. */
export const LOST = "it lost its newest entries, or was deleted or replaced by another";

/** How a stream shows that it is not the one seen before, or has lost its newest entries; null if nothing shows it. */
export function wentBackwards(seen: StreamIdentity, now: StreamIdentity): string | null {
  if (compareIds(now.lastGeneratedId, seen.lastGeneratedId) < 0) {
    return `its last ID went back from ${seen.lastGeneratedId} to ${now.lastGeneratedId}: ${LOST}`;
  }
  if (seen.entriesAdded !== null && now.entriesAdded !== null && now.entriesAdded < seen.entriesAdded) {
    return `its count of entries went back from ${seen.entriesAdded} to ${now.entriesAdded}: ${LOST}`;
  }
  // Trimmed or not, its first entry only moves forward: entries added after an end come after its last ID.
  const least = seen.firstId ?? seen.lastGeneratedId;
  if (
    now.firstId !== null &&
    (seen.firstId === null ? compareIds(now.firstId, least) <= 0 : compareIds(now.firstId, least) < 0)
  ) {
    return `its first entry went back from ${seen.firstId ?? `none after ${least}`} to ${now.firstId}: it was replaced by another`;
  }
  if (seen.maxDeletedId !== null && now.maxDeletedId !== null && compareIds(now.maxDeletedId, seen.maxDeletedId) < 0) {
    return `its greatest deleted ID went back from ${seen.maxDeletedId} to ${now.maxDeletedId}: it was replaced by another`;
  }
  return null;
}

/**
 * How a stream shows that it is not the one in which an entry was read earlier, perhaps by another process; null if
 * nothing does. Trimming alone, however far, shows nothing.
 * @param cursor the entry that was read last
 * @param mark the stream's state at that time; null if it was not kept
 */
export function whyAnother(cursor: EntryId, mark: StreamMark | null, now: StreamInfo): string | null {
  if (compareIds(now.lastGeneratedId, cursor) < 0) {
    return `its last ID is ${now.lastGeneratedId}, before ${cursor}, which had been read: ${LOST}`;
  }
  const isThere = now.firstId !== null && compareIds(now.firstId, cursor) <= 0;
  if (!isThere && removedCount(now) === 0) {
    return `it begins with ${now.firstId ?? "no entry"}, after ${cursor}, which had been read, and no entry has ever left it: it was deleted or replaced by another`;
  }
  return mark === null ? null : wentBackwards(identityOf(mark), now);
}

/** What a mark says of it. */
export function identityOf({ firstId, endId, added, deletedId }: StreamMark): StreamIdentity {
  return {
    firstId: firstId === null ? null : parseEntryId(firstId),
    lastGeneratedId: parseEntryId(endId) ?? MIN_ID,
    entriesAdded: added,
    maxDeletedId: deletedId === null ? null : parseEntryId(deletedId),
  };
}
