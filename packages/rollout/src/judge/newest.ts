import { compareIds, MAX_ID, MIN_ID, type EntryId } from "@qsc/contract";
import { standsOutside, type EventReader, type IdRange, type SourceItem } from "@qsc/stream-reader";

/** What is kept of an entry until it is clear whether it is among the newest. */
interface Placed<T> {
  readonly id: EntryId;
  readonly read: T;
}

/** The newest `count` of all that is added, in any order; keeps a few more in the meantime. */
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

  /** Sorts newest first, and cuts to the count. */
  #cut(): void {
    this.#placed.sort((a, b) => compareIds(b.id, a.id));
    this.#placed.length = Math.min(this.#placed.length, this.#count);
  }
}

/** The newest entries of a range. */
export interface NewestEntries<T> {
  /** The oldest of these entries, if the count left out what came before it; null if it left out nothing. */
  readonly from: EntryId | null;
  /** Oldest first. */
  readonly entries: readonly T[];
}

/**
 * The newest `count` entries of a range, oldest first, as `read` returns them. Nothing else is kept, so that memory
 * does not depend on the size of entries. All entries count, readable or not, repeated or not, so that every source
 * yields the same ones.
 * @param unplaced is called for each item with an unreadable ID, unless it is certain to come before these entries;
 * such items come on top of the count
 */
export async function readNewest<T>(
  source: Pick<EventReader, "ordering" | "pages">,
  range: IdRange,
  count: number,
  read: (item: SourceItem) => T,
  unplaced: (item: SourceItem) => void,
): Promise<NewestEntries<T>> {
  const newest = new Newest<T>(count);
  const places = new UnplacedItems(unplaced);
  let found = 0;
  // A source that reads by ID stops there itself, and reports losses among these entries only.
  for await (const page of source.pages(range, "newest-first", count)) {
    for (const item of page) {
      if (item.id === null) places.add(item, source.ordering);
      else {
        places.meet(item.id);
        newest.add(item.id, read(item));
        found += 1;
      }
    }
    if (source.ordering === "by-id" && found >= count) break;
  }
  const placed = newest.take();
  const from = found < count ? null : (placed[0]?.id ?? null);
  places.end(from ?? MIN_ID);
  return { from, entries: placed.map((one) => one.read) };
}

/**
 * The most unreadable IDs that are kept until it is clear where the newest entries begin; any more count as among them.
 */
const MOST_KEPT = 10_000;

/** The items of a log whose ID cannot be read, and the entries next to them. */
class UnplacedItems {
  readonly #give: (item: SourceItem) => void;
  readonly #kept: { readonly item: SourceItem; readonly previous: EntryId | null; next: EntryId | null }[] = [];
  /** How many of the kept items have their next entry. */
  #complete = 0;
  #previous: EntryId | null = null;

  constructor(give: (item: SourceItem) => void) {
    this.#give = give;
  }

  add(item: SourceItem, ordering: EventReader["ordering"]): void {
    if (ordering === "by-id" || this.#kept.length >= MOST_KEPT) this.#give(item);
    else this.#kept.push({ item, previous: this.#previous, next: null });
  }

  meet(next: EntryId): void {
    for (; this.#complete < this.#kept.length; this.#complete += 1) {
      const place = this.#kept[this.#complete];
      if (place !== undefined) place.next = next;
    }
    this.#previous = next;
  }

  /** Passes on the items that may be at or after an entry. */
  end(from: EntryId): void {
    for (const { item, ...neighbours } of this.#kept)
      if (!standsOutside(neighbours, { from, to: MAX_ID })) this.#give(item);
  }
}
