import { compareIds, type EntryId } from "@qsc/contract";
import type { EventSource, IdRange, SourceItem } from "@qsc/stream-reader";

/**
 * The newest `count` entries of a range, oldest first. Entries count as they stand in the stream,
 * readable or not, repeated or not, so that every source gives the same ones. Places whose ID
 * cannot be read belong to every range and come on top of the count.
 */
export async function readNewest(
  source: EventSource,
  range: IdRange,
  count: number,
): Promise<readonly SourceItem[]> {
  const newest: Placed[] = [];
  const unplaced: SourceItem[] = [];
  for await (const page of source.pages(range, "newest-first")) {
    for (const item of page) {
      if (item.id === null) unplaced.push(item);
      else newest.push({ id: item.id, item });
    }
    if (source.ordering === "by-id" && newest.length >= count) break;
    if (newest.length > 2 * count + 1000) keepNewest(newest, count);
  }
  keepNewest(newest, count);
  return [...unplaced, ...newest.reverse().map(({ item }) => item)];
}

interface Placed {
  readonly id: EntryId;
  readonly item: SourceItem;
}

/** Newest first, cut to `count`. */
function keepNewest(items: Placed[], count: number): void {
  items.sort((a, b) => compareIds(b.id, a.id));
  items.length = Math.min(items.length, count);
}
