import { ModelError } from "../errors.js";
import type { FeatureRow } from "../prediction.js";
import type { ModelInput } from "../predictor.js";
import { named } from "../words.js";
import { asModelError } from "./as-model-error.js";
import { DEFAULT_MAX_SYMBOLS } from "./options.js";
import { readRow } from "./read-row.js";
import { requireSymbol } from "./row-symbol.js";
import { RowWindow } from "./row-window.js";

interface Options {
  /** Symbols whose history is kept. */
  readonly maxSymbols: number | undefined;
  /** Whether a row needs its symbol even if the model has no history. */
  readonly needsSymbol: boolean;
}

/**
 * Turns rows into inputs. A single-row model has no history; a sequence model has a window for each symbol. If there
 * are too many symbols, the least recently seen is dropped. An unusable row restarts its symbol's window, because the
 * model was not trained on windows with gaps. A row without its symbol is refused, because a window must not mix two
 * series.
 */
export class History {
  readonly features: readonly string[];
  readonly rows: number;
  readonly #maxSymbols: number;
  readonly #needsSymbol: boolean;
  /** Least recently seen symbol first. */
  readonly #windows = new Map<string, RowWindow>();

  constructor(features: readonly string[], rows: number, { maxSymbols = DEFAULT_MAX_SYMBOLS, needsSymbol }: Options) {
    this.features = features;
    this.rows = rows;
    this.#maxSymbols = maxSymbols;
    this.#needsSymbol = needsSymbol;
  }

  /** Whether a model of this shape can continue with the recorded rows. */
  fits(features: readonly string[], rows: number): boolean {
    return (
      rows === this.rows &&
      features.length === this.features.length &&
      features.every((name, index) => name === this.features[index])
    );
  }

  /**
   * Records one row and returns the input that ends with it.
   * @throws ModelError of `readRow`, or `insufficient_history`; nothing else.
   */
  take(row: FeatureRow): ModelInput {
    const features = this.features.length;
    if (this.rows === 1 && this.#needsSymbol) requireSymbol(row, "degeneracy is watched per symbol");
    if (this.rows === 1) return { data: readRow(row, this.features), rows: 1, features };
    const symbol = requireSymbol(row, `a model of ${this.rows} rows keeps the rows of each symbol apart`);
    const window = this.#windowOf(symbol);
    window.add(this.#read(row, symbol));
    if (window.full) return { data: window.copy(), rows: this.rows, features };
    throw new ModelError("insufficient_history", `Input has ${window.count} of ${this.rows} rows of ${named(symbol)}`);
  }

  #read(row: FeatureRow, symbol: string): Float64Array {
    try {
      return readRow(row, this.features);
    } catch (thrown) {
      this.#windows.delete(symbol);
      const { code, message } = asModelError(thrown, "input_missing", "Input cannot be read");
      throw new ModelError(code, `${message}; the history of ${named(symbol)} starts over`, { cause: thrown });
    }
  }

  /** The window of a symbol, which becomes the most recently seen. */
  #windowOf(symbol: string): RowWindow {
    const window = this.#windows.get(symbol) ?? new RowWindow(this.rows, this.features.length);
    this.#windows.delete(symbol);
    this.#windows.set(symbol, window);
    for (const [oldest] of this.#windows) {
      if (this.#windows.size <= this.#maxSymbols) break;
      this.#windows.delete(oldest);
    }
    return window;
  }
}
