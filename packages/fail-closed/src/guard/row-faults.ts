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
/** Rows without a symbol are of any series: one of them, or a few, tell nothing of the rest. */
const ROWS_THAT_TELL = 10;

/** Whether an error of a model that is loaded is a fault of the row that it was given, or of one symbol. */
export function isOfTheRow(error: ModelError): boolean {
  return OF_A_ROW.has(error.code) || error instanceof OfOneSymbol;
}

/**
 * Tells a symbol whose rows cannot be used from a model that has nothing left to answer: remembers
 * whether the newest row of each symbol could be used. A symbol that is published no more is forgotten. Rows without a
 * symbol count as one that could not be used only when ten of them in a row could not.
 */
export class RowFaults {
  /** The symbols' newest rows, the oldest first. */
  readonly #newest = new Map<string, { readonly at: number; readonly usable: boolean }>();
  #rows = 0;
  #usable = 0;
  /** Rows without a symbol that could not be used, since the last that could. */
  #nameless = 0;

  /** Takes note of a row. @returns whether the newest row of any symbol could be used, as far as it is known */
  note(symbol: string, usable: boolean): boolean {
    if (symbol === "") {
      this.#nameless = usable ? 0 : this.#nameless + 1;
      if (!usable && this.#nameless < ROWS_THAT_TELL) return true;
    }
    this.#rows += 1;
    this.#forget(symbol);
    this.#newest.set(symbol, { at: this.#rows, usable });
    if (usable) this.#usable += 1;
    for (const [oldest, { at }] of this.#newest) {
      const { size } = this.#newest;
      if (size <= MOST_SYMBOLS && this.#rows - at <= ROWS_UNTIL_FORGOTTEN * size) break;
      this.#forget(oldest);
    }
    return this.#usable > 0;
  }

  #forget(symbol: string): void {
    if (this.#newest.get(symbol)?.usable === true) this.#usable -= 1;
    this.#newest.delete(symbol);
  }
}
