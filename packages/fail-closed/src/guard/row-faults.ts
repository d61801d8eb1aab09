import type { ModelError, ModelErrorCode } from "../errors.js";
import { OfOneSymbol } from "./of-one-symbol.js";

/** Faults of a row or of a symbol's history, not of the model. */
const OF_A_ROW: ReadonlySet<ModelErrorCode> = new Set<ModelErrorCode>([
  "dimension_mismatch",
  "input_missing",
  "input_not_finite",
  "insufficient_history",
]);

/** A symbol stops counting once this many rows per known symbol have arrived since its last one. */
const ROWS_UNTIL_FORGOTTEN = 100;
/** How many symbols are remembered. */
const MOST_SYMBOLS = 1000;

/** Whether an error of a loaded model is a fault of the given row or of one symbol. */
export function isOfTheRow(error: ModelError): boolean {
  return OF_A_ROW.has(error.code) || error instanceof OfOneSymbol;
}

/**
 * Distinguishes a bad row, or a symbol with unusable rows, from a model that cannot answer anything: remembers whether
 * the newest row of each symbol was usable. A symbol that is no longer published is forgotten.
 */
export class RowFaults {
  /** The newest row of each symbol, oldest first. */
  readonly #newest = new Map<string, { readonly at: number; readonly usable: boolean }>();
  #rows = 0;
  #usable = 0;
  /** Whether the last row was usable. */
  #wasUsable = false;

  /**
   * Records a row.
   * @returns whether the newest row of any symbol, or the row just before this one, was usable
   */
  note(symbol: string, usable: boolean): boolean {
    this.#rows += 1;
    // A single unusable row after a usable one does not prove that no row is usable.
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
