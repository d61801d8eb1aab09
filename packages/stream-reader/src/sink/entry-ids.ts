import { compareIds, firstIdAt, MIN_ID, nextId, type EntryId } from "@qsc/contract";
import { assertOption, ENTRY_ID, invalidOption } from "../ports/options.js";

/**
 * Makes IDs from times in milliseconds since 1970. Each is larger than the one before and than `after`, which is a
 * sink's `lastId()`. If the clock stands still or goes back, the IDs continue from the last one.
 * @throws QscError `invalid_option` if `after` is not an ID; the function throws it if its argument is not a time.
 */
export function entryIds(after: EntryId = MIN_ID): (timeMs: number) => EntryId {
  assertOption("after", after, ENTRY_ID);
  let last = after;
  return (timeMs) => {
    const ms = typeof timeMs === "number" ? Math.floor(timeMs) : Number.NaN;
    if (!Number.isSafeInteger(ms) || ms < 0) throw invalidOption("timeMs", timeMs, "a time in milliseconds since 1970");
    const id = firstIdAt(ms);
    last = compareIds(id, last) > 0 ? id : nextId(last);
    return last;
  };
}
