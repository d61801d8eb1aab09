import { MAX_MAGNITUDE, requireWindow, requireWithin } from "./check.js";

/**
 * Population mean and variance of the last `window` values.
 *
 * Nothing is ever subtracted: the window is the tail of the previous block of `window` values, whose
 * suffix aggregates were computed exactly once when it ended, merged with the current block (Chan et al.
 * 1983). So no error outlives a value that has left, and the accuracy is that of `Moments` over the
 * values in the window, after any number of steps. A step takes O(1), amortised over the one
 * pass per block; no step allocates. A constant window has a standard deviation of exactly 0.
 */
export class RollingMoments {
  readonly window: number;
  readonly #ring: Float64Array;
  readonly #suffixMean: Float64Array;
  readonly #suffixM2: Float64Array;
  /** Values in the current block, which are ring[0 .. filled - 1]. */
  #filled = 0;
  #hasPrevious = false;
  #mean = 0;
  #m2 = 0;

  /** Throws `not_finite`, `out_of_range` or `invalid_argument` unless `window` is a whole number in [1, 1e7]. */
  constructor(window: number) {
    requireWindow(window);
    this.window = window;
    this.#ring = new Float64Array(window);
    this.#suffixMean = new Float64Array(window);
    this.#suffixM2 = new Float64Array(window);
  }

  /** Values in the window now: at most `window`. */
  get n(): number {
    return this.#hasPrevious ? this.window : this.#filled;
  }

  /** Whether as many values are in the window as it holds. */
  get full(): boolean {
    return this.#hasPrevious;
  }

  /** The mean of the window; null without values. */
  get mean(): number | null {
    if (this.n === 0) return null;
    const delta = this.#tailMean() - this.#mean;
    return this.#mean + delta * (this.#tailCount() / this.n);
  }

  /** Population variance, never negative. */
  get variance(): number | null {
    if (this.n === 0) return null;
    const delta = this.#tailMean() - this.#mean;
    const between = delta * delta * this.#filled * (this.#tailCount() / this.n);
    return (this.#m2 + this.#tailM2() + between) / this.n;
  }

  /** The population standard deviation of the window; null without values. */
  get std(): number | null {
    const variance = this.variance;
    return variance === null ? null : Math.sqrt(variance);
  }

  /**
   * Adds one value; a full window drops its oldest. Throws `not_finite`, or `out_of_range` above |x| = 1e70, and then
   * changes nothing.
   */
  add(x: number): void {
    requireWithin(x, -MAX_MAGNITUDE, MAX_MAGNITUDE, "value");
    this.#ring[this.#filled] = x;
    this.#filled += 1;
    const delta = x - this.#mean;
    this.#mean += delta / this.#filled;
    this.#m2 += delta * (delta / this.#filled) * (this.#filled - 1);
    if (this.#filled === this.window) this.#closeBlock();
  }

  /** Aggregates every suffix of the ring, then starts the next block. */
  #closeBlock(): void {
    let mean = 0;
    let m2 = 0;
    for (let n = 1; n <= this.window; n += 1) {
      const start = this.window - n;
      const delta = (this.#ring[start] ?? 0) - mean;
      mean += delta / n;
      m2 += delta * (delta / n) * (n - 1);
      this.#suffixMean[start] = mean;
      this.#suffixM2[start] = m2;
    }
    this.#hasPrevious = true;
    this.#filled = 0;
    this.#mean = 0;
    this.#m2 = 0;
  }

  /** Values of the previous block that are still in the window. */
  #tailCount(): number {
    return this.#hasPrevious ? this.window - this.#filled : 0;
  }

  #tailMean(): number {
    return this.#suffixMean[this.#filled] ?? 0;
  }

  #tailM2(): number {
    return this.#suffixM2[this.#filled] ?? 0;
  }
}
