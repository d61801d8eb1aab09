import { compareIds, type EntryId } from "@qsc/contract";
import type { EventReader, IdRange, SourceItem } from "@qsc/stream-reader";

/** What is kept of an entry until it is known whether it is among the newest. */
interface Placed<T> {
  readonly id: EntryId;
  readonly read: T;
}

/** The newest `count` of all that is added, in any order; a few more are kept meanwhile. */
export class Newest<T> {
  readonly #count: number;
  #placed: Placed<T>[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  add(id: EntryId, read: T): void {
    this.#placed.push({ id, read });
    if (this.#placed.length > 2 * this.#count + 1000) this.#cut();
  }

  /** Oldest first. */
  take(): readonly Placed<T>[] {
    this.#cut();
    return this.#placed.toReversed();
  }

  /** Newest first, cut to the count. */
  #cut(): void {
    this.#placed.sort((a, b) => compareIds(b.id, a.id));
    this.#placed.length = Math.min(this.#placed.length, this.#count);
  }
}

/** The newest entries of a range. */
export interface NewestEntries<T> {
  /** The oldest of them where the count left out what came before it; null where it left out nothing. */
  readonly from: EntryId | null;
  /** Oldest first. */
  readonly entries: readonly T[];
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
): Promise<NewestEntries<T>> {
  const newest = new Newest<T>(count);
  let found = 0;
  // Where it reads by ID, the source ends there itself, and tells what was lost of these entries alone.
  for await (const page of source.pages(range, "newest-first", count)) {
    for (const item of page) {
      if (item.id === null) unplaced(item);
      else {
        newest.add(item.id, read(item));
        found += 1;
      }
    }
    if (source.ordering === "by-id" && found >= count) break;
  }
  const placed = newest.take();
  return { from: found < count ? null : (placed[0]?.id ?? null), entries: placed.map((one) => one.read) };
}
