import { compareIds, type EntryId } from "@qsc/contract";
import type { EventReader, IdRange, SourceItem } from "@qsc/stream-reader";

/** What is kept of an entry until it is known whether it is among the newest. */
interface Placed<T> {
  readonly id: EntryId;
  readonly read: T;
}

/**
 * The newest `count` entries of a range, oldest first, as `read` makes them: only that is kept,
 * so that memory does not depend on the size of entries. Entries count as they stand in the
 * stream, readable or not, repeated or not, so that every source gives the same ones.
 * @param unplaced is called at once for each place whose ID cannot be read: it belongs to every
 *   range, and comes on top of the count
 */
export async function readNewest<T>(
  source: Pick<EventReader, "ordering" | "pages">,
  range: IdRange,
  count: number,
  read: (item: SourceItem) => T,
  unplaced: (item: SourceItem) => void,
): Promise<readonly T[]> {
  const newest: Placed<T>[] = [];
  // Where it reads by ID, the source ends there itself, and tells what was lost of these entries alone.
  for await (const page of source.pages(range, "newest-first", count)) {
    for (const item of page) {
      if (item.id === null) unplaced(item);
      else newest.push({ id: item.id, read: read(item) });
    }
    if (source.ordering === "by-id" && newest.length >= count) break;
    if (newest.length > 2 * count + 1000) keepNewest(newest, count);
  }
  keepNewest(newest, count);
  return newest.reverse().map((placed) => placed.read);
}

/** Newest first, cut to `count`. */
function keepNewest<T>(items: Placed<T>[], count: number): void {
  items.sort((a, b) => compareIds(b.id, a.id));
  items.length = Math.min(items.length, count);
}
