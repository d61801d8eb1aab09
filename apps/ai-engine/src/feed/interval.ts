/** How many intervals the median is taken from. */
const WINDOW = 101;

/** The usual time between two rows of one symbol: the median of the newest intervals, the lower one of two. */
export class FeedInterval {
  readonly #newest: number[] = [];

  add(ms: number): void {
    this.#newest.push(ms);
    if (this.#newest.length > WINDOW) this.#newest.shift();
  }

  /** In milliseconds; null until a symbol has had two rows. */
  get median(): number | null {
    const sorted = this.#newest.toSorted((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
  }
}
