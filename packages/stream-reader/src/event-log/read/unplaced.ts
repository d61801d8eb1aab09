import { compareIds, type EntryId } from "@qsc/contract";
import type { IdRange, SourceItem } from "../../ports/source.js";

/** The nearest readable IDs before and after a place; null if there is none. */
export interface Neighbours {
  readonly previous: EntryId | null;
  readonly next: EntryId | null;
}

/**
 * Whether a place without a readable ID is provably outside a range, in a log written in the order of IDs: the next
 * entry comes before the range, or the previous one after it. Neighbours out of order prove nothing.
 */
export function standsOutside({ previous, next }: Neighbours, { from, to }: IdRange): boolean {
  if (previous !== null && next !== null && compareIds(previous, next) > 0) return false;
  return (next !== null && compareIds(next, from) < 0) || (previous !== null && compareIds(previous, to) > 0);
}

/** The most places in a row that are held back. If there are more, all count as within the range. */
const MOST_HELD = 10_000;

/** Holds back places without a readable ID until the next entry shows whether they may belong to a range. */
export class UnplacedFilter {
  readonly #range: IdRange;
  #held: SourceItem[] = [];
  #previous: EntryId | null = null;

  constructor(range: IdRange) {
    this.#range = range;
  }

  get holds(): boolean {
    return this.#held.length > 0;
  }

  /** Adds such a place. Returns those that are now known to belong to the range. */
  hold(item: SourceItem): readonly SourceItem[] {
    this.#held.push(item);
    return this.#held.length > MOST_HELD ? this.#release() : [];
  }

  /**
   * Returns the places held back that may belong to the range, now that the next entry is known; null if there is none.
   */
  meet(next: EntryId | null): readonly SourceItem[] {
    const isOutside = this.holds && standsOutside({ previous: this.#previous, next }, this.#range);
    if (next !== null) this.#previous = next;
    const held = this.#release();
    return isOutside ? [] : held;
  }

  #release(): readonly SourceItem[] {
    const held = this.#held;
    if (held.length > 0) this.#held = [];
    return held;
  }
}
