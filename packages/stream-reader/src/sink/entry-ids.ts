import { compareIds, firstIdAt, MIN_ID, nextId, type EntryId } from "@qsc/contract";

/**
 * Makes IDs from times in milliseconds since 1970, each larger than the one before and than
 * `after`, which is a sink's `lastId()`. When the clock stands or goes back, the IDs go on from the last one.
 * The function throws a RangeError for what is no time.
 */
export function entryIds(after: EntryId = MIN_ID): (timeMs: number) => EntryId {
  let last = after;
  return (timeMs) => {
    const ms = Math.floor(timeMs);
    if (!Number.isSafeInteger(ms) || ms < 0) throw new RangeError(`${timeMs} is no time of an entry`);
    const id = firstIdAt(ms);
    last = compareIds(id, last) > 0 ? id : nextId(last);
    return last;
  };
}
