import { compareIds, MIN_ID, type EntryId } from "@qsc/contract";
import type { FeedRow } from "./port.js";

/** How many symbols are remembered. */
const MOST_SYMBOLS = 10_000;

/**
 * Remembers the newest row of each symbol, so that no row is used twice, or after a newer one. Symbols beyond the
 * number remembered share one limit: the newest row of those that were forgotten.
 */
export class SymbolOrder {
  /** In the order in which the symbols were last seen. */
  readonly #newest = new Map<string, EntryId>();
  #floor: EntryId = MIN_ID;

  /** Rows up to this ID were there before the start. */
  startAfter(id: EntryId): void {
    if (compareIds(id, this.#floor) > 0) this.#floor = id;
  }

  /** The symbol's next row must come after this ID. */
  last(symbol: string): EntryId {
    return this.#newest.get(symbol) ?? this.#floor;
  }

  /** The symbol's newest row before this one; null if none is known. */
  take({ symbol, id }: Pick<FeedRow, "symbol" | "id">): EntryId | null {
    const former = this.#newest.get(symbol) ?? null;
    this.#newest.delete(symbol);
    this.#newest.set(symbol, id);
    for (const [oldest, forgotten] of this.#newest) {
      if (this.#newest.size <= MOST_SYMBOLS) break;
      this.#newest.delete(oldest);
      this.startAfter(forgotten);
    }
    return former;
  }
}
