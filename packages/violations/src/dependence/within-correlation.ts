/** The values of one symbol, as running sums around its first value: no digits cancel. */
interface Sums {
  readonly origin: number;
  n: number;
  before: number;
  after: number;
  beforeSquares: number;
  afterSquares: number;
  products: number;
}

/**
 * Lag-1 autocorrelation within symbols, around each symbol's own mean, of pairs of a value and the one before. Symbols
 * that differ in their means alone have none.
 */
export class WithinCorrelation {
  readonly #symbols = new Map<string | null, Sums>();

  add(symbol: string | null, before: number, after: number): void {
    let sums = this.#symbols.get(symbol);
    if (sums === undefined) {
      sums = { origin: before, n: 0, before: 0, after: 0, beforeSquares: 0, afterSquares: 0, products: 0 };
      this.#symbols.set(symbol, sums);
    }
    const [x, y] = [before - sums.origin, after - sums.origin];
    sums.n += 1;
    sums.before += x;
    sums.after += y;
    sums.beforeSquares += x * x;
    sums.afterSquares += y * y;
    sums.products += x * y;
  }

  /** Pairs of symbols that have at least two. */
  get n(): number {
    return [...this.#symbols.values()].reduce((all, { n }) => all + (n < 2 ? 0 : n), 0);
  }

  /** In [-1, 1]; null if no symbol's values differ. Too low by about (1 + 3 r) / n for a symbol of n pairs. */
  get value(): number | null {
    let [products, squares] = [0, 0];
    for (const { n, before, after, beforeSquares, afterSquares, products: product } of this.#symbols.values()) {
      if (n < 2) continue;
      const mean = (before + after) / (2 * n);
      products += product - mean * (before + after) + n * mean * mean;
      squares += (beforeSquares + afterSquares) / 2 - n * mean * mean;
    }
    return squares > 1e-15 * Math.max(1, this.n) ? Math.max(-1, Math.min(1, products / squares)) : null;
  }

  /** The same without the bias of the estimated means, to first order (Kendall 1954): never lower than `value`. */
  get corrected(): number | null {
    const { value } = this;
    if (value === null) return null;
    const symbols = [...this.#symbols.values()].filter(({ n }) => n >= 2).length;
    const bias = ((1 + 3 * Math.max(0, value)) * symbols) / this.n;
    return Math.min(1, value + bias);
  }
}
