import { MIN_ID, type EntryId } from "@qsc/contract";
import type { IdRange, SourceItem } from "../../ports/source.js";
import type { RedisConnection } from "../connection.js";
import { DeletionWatch } from "./deletion-watch.js";
import { noteRemoved, RangeWatch, ReverseWatch } from "./range-watch.js";
import { readRange, type Order } from "./read-range.js";
import type { StreamInfo } from "./stream-info.js";
import type { StreamWatch } from "./stream-watch.js";

export interface Reading {
  readonly range: IdRange;
  /** The range that this one is a part of, or the same. Losses are reported for the whole. */
  readonly whole: IdRange;
  readonly order: Order;
  /** At most this many entries. */
  readonly limit: number;
  /** The stream when reading began. */
  readonly start: StreamInfo;
  readonly watch: StreamWatch;
}

/** The entries of a range, page by page. Notes everything that was lost. */
export async function* readWatched(
  connection: RedisConnection,
  { range, whole, order, limit, start, watch }: Reading,
): AsyncGenerator<readonly SourceItem[]> {
  const oldestFirst = order === "oldest-first";
  const trimming = oldestFirst ? new RangeWatch(range, start, watch) : new ReverseWatch(range, watch);
  const deletions = new DeletionWatch(whole, order, start, watch);
  let seen: StreamInfo | null = null;
  let given = 0;
  let last: EntryId | null = null;
  let isComplete = false;
  const pages = readRange(connection, range, order, start, (page) => {
    trimming.check(page);
    deletions.check(page);
    if (oldestFirst && seen === null) noteRemoved(watch, whole.from, page.info);
    seen = page.info;
  });
  try {
    for await (const page of pages) {
      const items = page.slice(0, limit - given);
      given += items.length;
      last = items.at(-1)?.id ?? last;
      yield items;
      if (given >= limit) return;
    }
    isComplete = true;
    // Only now has a newest-first reader reached the oldest entry: fetched does not mean read.
    if (!oldestFirst) noteRemoved(watch, whole.from, seen);
    // With a limit, an open range begins at the oldest entry given: what was trimmed is before it.
    const isFromOldestGiven = limit !== Infinity && whole.from === MIN_ID;
    if (trimming instanceof ReverseWatch && !isFromOldestGiven) trimming.end();
  } finally {
    // A newest-first reader that stops has read a range that begins where it stopped.
    const low = isComplete || oldestFirst ? whole.from : last;
    if (low !== null) deletions.end(low, isComplete ? given : null);
  }
}
