import { compareIds, MIN_ID, type EntryId } from "@qsc/contract";
import type { IdRange } from "../../ports/source.js";
import { removedCount, type StreamInfo } from "./stream-info.js";
import type { StreamWatch } from "./stream-watch.js";

/** A page as it was fetched: its IDs, and the stream right afterwards; null if it was gone. */
export interface FetchedPage {
  readonly ids: readonly EntryId[];
  readonly info: StreamInfo | null;
  /** Whether the range ends with this page. */
  readonly last: boolean;
}

/**
 * Finds out whether entries of a range are trimmed while it is read, oldest first.
 *
 * Redis does not report it: XTRIM leaves no trace but the first ID and, from 7.0 on, the difference of `entries-added`
 * and `length`. Trimming entries that were already read is not a gap, and if the stream is read from its beginning,
 * counting shows which case it is. Otherwise trimming that has passed the reader counts as a gap, because a loss cannot
 * be ruled out.
 */
export class RangeWatch {
  readonly #range: IdRange;
  readonly #start: StreamInfo;
  readonly #watch: StreamWatch;
  readonly #generation: number;
  #cursor: EntryId | null = null;
  /** One gap is enough: every later page would report it again. */
  #isNoted = false;
  #read = 0;
  /** How many entries had left the stream when the first one was read. */
  #removedBefore: number | null = null;

  constructor(range: IdRange, start: StreamInfo, watch: StreamWatch) {
    this.#range = range;
    this.#start = start;
    this.#watch = watch;
    this.#generation = watch.generation;
  }

  check({ ids, info }: FetchedPage): void {
    if (this.#watch.generation !== this.#generation || info === null) return;
    if (this.#cursor === null) this.#begin(ids, info);
    else if (isBefore(this.#cursor, info.firstId)) this.#checkTrimmed(ids, info, this.#cursor);
    this.#cursor = ids.at(-1) ?? this.#cursor;
    this.#read += ids.length;
  }

  #begin(ids: readonly EntryId[], info: StreamInfo): void {
    const removed = removedCount(info);
    this.#removedBefore = removed === null ? null : removed - countBefore(ids, info.firstId);
  }

  /** Everything up to the cursor is gone. Is more? */
  #checkTrimmed(ids: readonly EntryId[], info: StreamInfo, cursor: EntryId): void {
    const lost = this.#lostCount(ids, info);
    if (this.#isNoted || lost === 0) return;
    if (lost !== null && lost < 0) {
      this.#isNoted = true;
      const what = `it has entries that it cannot have had when reading began, past ${cursor}`;
      this.#watch.note("recreated", `${what}, so it was deleted or replaced by another`);
      return;
    }
    this.#isNoted = true;
    const first = info.firstId ?? "none";
    const count = lost === null ? "entries may be" : `${lost} entries are`;
    const what = `it was trimmed past ${cursor} while it was read, its first entry is ${first} now`;
    this.#watch.note("trimmed", `${what}: ${count} lost`);
  }

  /** How many entries were there but never read; null if unknown. */
  #lostCount(ids: readonly EntryId[], info: StreamInfo): number | null {
    const removed = removedCount(info);
    const before = this.#removedBefore;
    if (removed === null || before === null || !this.#isFromTheBeginning()) return null;
    const { to } = this.#range;
    if (info.firstId !== null && compareIds(info.firstId, to) <= 0) {
      return removed - before - this.#read - countBefore(ids, info.firstId);
    }
    // The whole range is gone. Either everything in it was read, or entries are missing.
    const added = to === this.#start.lastGeneratedId ? this.#start.entriesAdded : null;
    return added === null ? null : added - before - this.#read - ids.length;
  }

  #isFromTheBeginning(): boolean {
    const first = this.#start.firstId;
    return first === null || compareIds(this.#range.from, first) <= 0;
  }
}

/** Finds out whether the old end of a range is trimmed while it is read, newest first. */
export class ReverseWatch {
  readonly #range: IdRange;
  readonly #watch: StreamWatch;
  readonly #generation: number;
  #first: EntryId | null = null;
  #cursor: EntryId | null = null;
  /** How the end was trimmed before the reader reached it; null if it was not. */
  #trimmed: string | null = null;

  constructor(range: IdRange, watch: StreamWatch) {
    this.#range = range;
    this.#watch = watch;
    this.#generation = watch.generation;
  }

  check({ ids, info }: FetchedPage): void {
    if (this.#watch.generation !== this.#generation || info === null) return;
    const cursor = this.#cursor;
    if (cursor === null) this.#first = info.firstId;
    else if (this.#trimmed === null && this.#isTrimmed(info.firstId, cursor)) {
      this.#trimmed = `it was trimmed up to ${info.firstId ?? "its end"} while it was read down to ${cursor}: entries may be lost`;
    }
    this.#cursor = ids.at(-1) ?? cursor;
  }

  /** Call this when the range was read to its end. A reader that stops before has lost nothing it wanted. */
  end(): void {
    if (this.#trimmed !== null) this.#watch.note("trimmed", this.#trimmed);
  }

  #isTrimmed(first: EntryId | null, cursor: EntryId): boolean {
    const moved = this.#first !== null && isBefore(this.#first, first);
    return moved && isBefore(this.#range.from, first) && isBefore(this.#first, cursor);
  }
}

/**
 * Notes that a range begins before the first entry of a stream from which entries were removed. Which ones is unknown.
 * If the server does not count them, some may have been removed.
 */
export function noteRemoved(watch: StreamWatch, from: EntryId, info: StreamInfo | null): void {
  if (info === null || from === MIN_ID || !isBefore(from, info.firstId)) return;
  const removed = removedCount(info);
  if (removed === 0) return;
  const what = `entries at or after ${from} may have been removed before they were read`;
  const first = `${removed ?? "an unknown number"} have left it, and its first is ${info.firstId ?? "none"} now`;
  watch.note("trimmed", `${what}: ${first}; judge the newest N (--count), or a later --after`);
}

/** Whether an ID comes before the first entry. True if there is none. */
function isBefore(id: EntryId | null, first: EntryId | null): boolean {
  return id !== null && (first === null || compareIds(id, first) < 0);
}

function countBefore(ids: readonly EntryId[], first: EntryId | null): number {
  return first === null ? ids.length : ids.filter((id) => compareIds(id, first) < 0).length;
}
