import { compareIds, MIN_ID, parseEntryId, type EntryId, type StreamMark } from "@qsc/contract";
import { removedCount, type StreamInfo } from "./stream-info.js";

/** What of a stream never goes back while it is the same one; null where it is not known. */
export interface StreamIdentity {
  readonly firstId: EntryId | null;
  readonly lastGeneratedId: EntryId;
  readonly entriesAdded: number | null;
  readonly maxDeletedId: EntryId | null;
}

/** What a stream that went backwards may have gone through. */
export const LOST = "it lost its newest entries, or was deleted or replaced by another";

/** How a stream shows that it is not the one that was seen before, or has lost its newest entries; null where nothing shows it. */
export function wentBackwards(seen: StreamIdentity, now: StreamIdentity): string | null {
  if (compareIds(now.lastGeneratedId, seen.lastGeneratedId) < 0) {
    return `its last ID went back from ${seen.lastGeneratedId} to ${now.lastGeneratedId}: ${LOST}`;
  }
  if (seen.entriesAdded !== null && now.entriesAdded !== null && now.entriesAdded < seen.entriesAdded) {
    return `its count of entries went back from ${seen.entriesAdded} to ${now.entriesAdded}: ${LOST}`;
  }
  // Trimmed or not, its first entry only ever moves on: what comes behind an end comes after its last ID.
  const least = seen.firstId ?? seen.lastGeneratedId;
  if (now.firstId !== null && (seen.firstId === null ? compareIds(now.firstId, least) <= 0 : compareIds(now.firstId, least) < 0)) {
    return `its first entry went back from ${seen.firstId ?? `none after ${least}`} to ${now.firstId}: it was replaced by another`;
  }
  if (seen.maxDeletedId !== null && now.maxDeletedId !== null && compareIds(now.maxDeletedId, seen.maxDeletedId) < 0) {
    return `its greatest deleted ID went back from ${seen.maxDeletedId} to ${now.maxDeletedId}: it was replaced by another`;
  }
  return null;
}

/**
 * How a stream shows that it is not the one in which an entry was read earlier, perhaps by another process; null where nothing does.
 * Trimming alone, as far as it may go, is none.
 * @param cursor the entry that was read last
 * @param mark how the stream was seen then; null where nobody has kept it
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

function identityOf({ firstId, endId, added, deletedId }: StreamMark): StreamIdentity {
  return {
    firstId: firstId === null ? null : parseEntryId(firstId),
    lastGeneratedId: parseEntryId(endId) ?? MIN_ID,
    entriesAdded: added,
    maxDeletedId: deletedId === null ? null : parseEntryId(deletedId),
  };
}
