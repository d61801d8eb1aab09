import { compareIds, idTime, iso, MIN_ID, type EntryId } from "@qsc/contract";
import type { IdRange } from "../../ports/source.js";
import type { FetchedPage } from "./range-watch.js";
import type { Order } from "./read-range.js";
import { removedCount, type StreamInfo } from "./stream-info.js";
import type { StreamWatch } from "./stream-watch.js";

/** What a stream says about entries that have left it. */
interface Removals {
  /** The greatest ID ever deleted individually; `0-0` if there is none. Null if the server does not say. */
  readonly deleted: EntryId | null;
  /** How many entries have left in any way; null if the server does not count them. */
  readonly removed: number | null;
}

/**
 * Finds out whether entries of a range were deleted individually (XDEL), before or while it was read.
 *
 * Redis keeps only the greatest ID ever deleted, and how many entries have left the stream: a later deletion hides an
 * earlier one. So unless it is proven that none was deleted, the range counts as incomplete.
 *
 * The README has the rule as a table, under "Lost entries".
 *
 * If a limit is given, the range begins at the oldest entry given.
 */
export class DeletionWatch {
  readonly #range: IdRange;
  readonly #order: Order;
  readonly #watch: StreamWatch;
  readonly #generation: number;
  readonly #start: StreamInfo;
  #last: Removals;
  #cursor: EntryId | null = null;
  /** The last check that found that unread entries may have been deleted while the range was read. */
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

  /** Checks each page, in the order of reading. */
  check({ ids, info }: FetchedPage): void {
    if (this.#watch.generation !== this.#generation || info === null) return;
    const now = removalsOf(info);
    if (this.#mayHide(now, ids)) this.#meanwhile = now;
    this.#last = now;
    this.#cursor = ids.at(-1) ?? this.#cursor;
  }

  /**
   * Notes what was deleted from the range.
   * @param low where the range really begins: `from`, or the oldest entry given if a limit ended it
   * @param count how many entries were read if the range was read to its end; otherwise null
   */
  end(low: EntryId, count: number | null): void {
    const start = removalsOf(this.#start);
    const isAllRead = count === this.#start.length && this.#isWhole();
    const found = this.#isHidden(start, low) ? start : this.#meanwhile !== null && !isAllRead ? this.#meanwhile : null;
    const what = found === null ? null : describeDeletion(found, { from: low, to: this.#range.to });
    if (what !== null) this.#watch.note("deleted", what);
  }

  /** Whether deletions before reading began may be in the range. */
  #isHidden({ deleted, removed }: Removals, low: EntryId): boolean {
    if (deleted === null) return true;
    return !isBefore(deleted, low) && !(removed === 1 && compareIds(deleted, this.#range.to) > 0);
  }

  /** Whether something unread may have been deleted since the last check. */
  #mayHide({ deleted, removed }: Removals, ids: readonly EntryId[]): boolean {
    const last = this.#last;
    if (deleted === null || (removed !== null && removed === last.removed)) return false;
    if (this.#order === "oldest-first" && this.#isRead(deleted)) return false;
    const isTheOne =
      deleted !== last.deleted && removed !== null && last.removed !== null && removed - last.removed === 1;
    return !isTheOne || !(this.#isRead(deleted) || ids.includes(deleted) || compareIds(deleted, this.#range.to) > 0);
  }

  /** Whether the reader had passed an ID when the last page arrived. */
  #isRead(id: EntryId): boolean {
    if (this.#cursor === null) return false;
    const order = compareIds(id, this.#cursor);
    return this.#order === "oldest-first" ? order <= 0 : order >= 0;
  }

  /** Whether the range covers the whole stream. */
  #isWhole(): boolean {
    const { firstId, lastGeneratedId } = this.#start;
    const { from, to } = this.#range;
    return (firstId === null || compareIds(from, firstId) <= 0) && compareIds(to, lastGeneratedId) >= 0;
  }
}

/** What was, or may have been, deleted from a range; null if all deletions were before it. */
function describeDeletion({ deleted, removed }: Removals, { from, to }: IdRange): string | null {
  if (deleted === null) return NOT_SAID;
  if (isBefore(deleted, from)) return null;
  const advice = `judge only later entries, with --after ${iso(idTime(deleted) + 1)} or later`;
  if (compareIds(deleted, to) <= 0) {
    const others =
      removed === null
        ? ", and others may have been"
        : removed > 1
          ? `, and ${removed - 1} other entries have left the stream, and may have been in the range too`
          : "";
    return `entry ${deleted}, within the range read, was deleted${others}; ${advice}`;
  }
  const left = removed === null ? "an unknown number of entries has" : `${removed} entries have`;
  return `entry ${deleted}, after the range read, was deleted, and ${left} left the stream: one of them may have been in the range; ${advice}`;
}

const NOT_SAID =
  "this Redis does not say whether entries were deleted (XINFO STREAM has no max-deleted-entry-id before Redis 7.0), so a loss cannot be detected; run Redis 7.0 or later, or judge an event log";

function removalsOf(info: StreamInfo): Removals {
  return { deleted: info.maxDeletedId, removed: removedCount(info) };
}

/** `0-0` means no deletion. It comes before every range. */
function isBefore(deleted: EntryId, from: EntryId): boolean {
  return deleted === MIN_ID || compareIds(deleted, from) < 0;
}
