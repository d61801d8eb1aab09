import type { ModelError, ModelErrorCode } from "../errors.js";
import { OfOneSymbol } from "./of-one-symbol.js";

/** Faults of a row, or of a symbol's history: they say nothing of the model. */
const OF_A_ROW: ReadonlySet<ModelErrorCode> = new Set<ModelErrorCode>([
  "dimension_mismatch",
  "input_missing",
  "input_not_finite",
  "insufficient_history",
]);

/** A symbol counts no more when, for each that is known, so many rows have come since its own last one. */
const ROWS_UNTIL_FORGOTTEN = 100;
/** Symbols that are kept in mind. */
const MOST_SYMBOLS = 1000;

/** Whether an error of a model that is loaded is a fault of the row that it was given, or of one symbol. */
export function isOfTheRow(error: ModelError): boolean {
  return OF_A_ROW.has(error.code) || error instanceof OfOneSymbol;
}

/**
 * Tells a symbol whose rows cannot be used, or one bad row, from a model that has nothing left to answer: remembers
 * whether the newest row of each symbol could be used. A symbol that is published no more is forgotten.
 */
export class RowFaults {
  /** The symbols' newest rows, the oldest first. */
  readonly #newest = new Map<string, { readonly at: number; readonly usable: boolean }>();
  #rows = 0;
  #usable = 0;
  /** Whether the last row could be used. */
  #wasUsable = false;

  /** Takes note of a row. @returns whether the newest row of any symbol could be used, or the row just before this one */
  note(symbol: string, usable: boolean): boolean {
    this.#rows += 1;
    // One row that cannot be used, right after one that could, is no proof that none can.
    const isFirst = this.#wasUsable;
    this.#wasUsable = usable;
    this.#forget(symbol);
    this.#newest.set(symbol, { at: this.#rows, usable });
    if (usable) this.#usable += 1;
    for (const [oldest, { at }] of this.#newest) {
      const { size } = this.#newest;
      if (size <= MOST_SYMBOLS && this.#rows - at <= ROWS_UNTIL_FORGOTTEN * size) break;
      this.#forget(oldest);
    }
    return this.#usable > 0 || isFirst;
  }

  #forget(symbol: string): void {
    if (this.#newest.get(symbol)?.usable === true) this.#usable -= 1;
    this.#newest.delete(symbol);
  }
}
