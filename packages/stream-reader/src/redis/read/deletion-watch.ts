import { compareIds, idTime, iso, MIN_ID, type EntryId } from "@qsc/contract";
import type { IdRange } from "../../ports/source.js";
import type { FetchedPage } from "./range-watch.js";
import type { Order } from "./read-range.js";
import { removedCount, type StreamInfo } from "./stream-info.js";
import type { StreamWatch } from "./stream-watch.js";

/** What a stream says of the entries that have left it. */
interface Removals {
  /** The greatest ID that was ever deleted one by one; `0-0` is none. Null where the server does not say. */
  readonly deleted: EntryId | null;
  /** How many have left it in any way; null where the server does not count. */
  readonly removed: number | null;
}

/**
 * Finds out whether entries of a range were deleted one by one (XDEL), before it was read or meanwhile.
 *
 * Redis keeps only the greatest ID that was ever deleted, and how many entries have left the stream: a deletion is
 * hidden by any later one. So what is not proven to be none counts as one.
 *
 * The README has the rule as a table, under "Lost entries".
 *
 * Read with a limit, the range begins at the oldest entry given.
 */
export class DeletionWatch {
  readonly #range: IdRange;
  readonly #order: Order;
  readonly #watch: StreamWatch;
  readonly #generation: number;
  readonly #start: StreamInfo;
  #last: Removals;
  #cursor: EntryId | null = null;
  /** The last look at which something may have gone unread while the range was read. */
  #meanwhile: Removals | null = null;

  /** @param start the stream when reading began */
  constructor(range: IdRange, order: Order, start: StreamInfo, watch: StreamWatch) {
    this.#range = range;
    this.#order = order;
    this.#watch = watch;
    this.#generation = watch.generation;
    this.#start = start;
    this.#last = removalsOf(start);
  }

  /** Sees each page, in the order in which they are read. */
  check({ ids, info }: FetchedPage): void {
    if (this.#watch.generation !== this.#generation || info === null) return;
    const now = removalsOf(info);
    if (this.#mayHide(now, ids)) this.#meanwhile = now;
    this.#last = now;
    this.#cursor = ids.at(-1) ?? this.#cursor;
  }

  /**
   * Notes what was deleted of the range.
   * @param low where the range really begins: `from`, or the oldest entry given where a limit ended it
   * @param count how many entries were read, where the range was read to its end; null where it was not
   */
  end(low: EntryId, count: number | null): void {
    const start = removalsOf(this.#start);
    const isAllRead = count === this.#start.length && this.#isWhole();
    const found = this.#isHidden(start, low) ? start : this.#meanwhile !== null && !isAllRead ? this.#meanwhile : null;
    const what = found === null ? null : describeDeletion(found, { from: low, to: this.#range.to });
    if (what !== null) this.#watch.note("deleted", what);
  }

  /** Whether deletions before reading began may lie in the range. */
  #isHidden({ deleted, removed }: Removals, low: EntryId): boolean {
    if (deleted === null) return true;
    return !isBefore(deleted, low) && !(removed === 1 && compareIds(deleted, this.#range.to) > 0);
  }

  /** Whether something may have been deleted since the last look that had not been read. */
  #mayHide({ deleted, removed }: Removals, ids: readonly EntryId[]): boolean {
    const last = this.#last;
    if (deleted === null || (removed !== null && removed === last.removed)) return false;
    if (this.#order === "oldest-first" && this.#isRead(deleted)) return false;
    const isTheOne = deleted !== last.deleted && removed !== null && last.removed !== null && removed - last.removed === 1;
    return !isTheOne || !(this.#isRead(deleted) || ids.includes(deleted) || compareIds(deleted, this.#range.to) > 0);
  }

  /** Whether the reader had come past an ID when the last page was there. */
  #isRead(id: EntryId): boolean {
    if (this.#cursor === null) return false;
    const order = compareIds(id, this.#cursor);
    return this.#order === "oldest-first" ? order <= 0 : order >= 0;
  }

  /** Whether the range held all entries there were. */
  #isWhole(): boolean {
    const { firstId, lastGeneratedId } = this.#start;
    const { from, to } = this.#range;
    return (firstId === null || compareIds(from, firstId) <= 0) && compareIds(to, lastGeneratedId) >= 0;
  }
}

/** What was, or may have been, deleted of a range; null where it was before. */
function describeDeletion({ deleted, removed }: Removals, { from, to }: IdRange): string | null {
  if (deleted === null) return NOT_SAID;
  if (isBefore(deleted, from)) return null;
  const advice = `judge what came after it, with --after ${iso(idTime(deleted) + 1)} or later`;
  if (compareIds(deleted, to) <= 0) {
    const others = removed === null ? ", and others may have been" : removed > 1 ? `, and ${removed - 1} others have left the stream, which may have been within it too` : "";
    return `entry ${deleted}, within the range read, was deleted${others}; ${advice}`;
  }
  const left = removed === null ? "an unknown number of entries has" : `${removed} entries have`;
  return `entry ${deleted}, after the range read, was deleted, and ${left} left the stream: whether one of them lay within the range cannot be told; ${advice}`;
}

const NOT_SAID = "this Redis does not say whether entries were deleted (XINFO STREAM has no max-deleted-entry-id before Redis 7.0), so that a loss cannot be told; run Redis 7.0 or later, or judge an event log";

function removalsOf(info: StreamInfo): Removals {
  return { deleted: info.maxDeletedId, removed: removedCount(info) };
}

/** `0-0` stands for no deletion, and is before every range. */
function isBefore(deleted: EntryId, from: EntryId): boolean {
  return deleted === MIN_ID || compareIds(deleted, from) < 0;
}
