import { tailsLogEValue } from "./tails-e-value.js";

/** Number of bins of [0, 1] that the values are sorted into. */
const BINS = 2000;

/**
 * A changing collection of values in [0, 1], and their evidence against "the (1 - tail)-quantile is at least `limit`
 * above the tail-quantile". Values are rounded to the outer edges of their bins, so the evidence is never more than
 * that of the exact values.
 */
export class NarrowValues {
  readonly #tail: number;
  /** Whole bins within the limit. */
  readonly #width: number;
  readonly #counts = new Uint16Array(BINS);
  #n = 0;
  #lowest = BINS - 1;
  #highest = 0;

  constructor(limit: number, tail: number) {
    this.#width = Math.max(1, Math.floor(limit * BINS));
    this.#tail = tail;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#n = 0;
    this.#lowest = BINS - 1;
    this.#highest = 0;
  }

  add(x: number): void {
    const bin = binOf(x);
    this.#counts[bin] = this.#at(bin) + 1;
    this.#n += 1;
    this.#lowest = Math.min(this.#lowest, bin);
    this.#highest = Math.max(this.#highest, bin);
  }

  /** Removes a value that was added. */
  remove(x: number): void {
    const bin = binOf(x);
    this.#counts[bin] = this.#at(bin) - 1;
    this.#n -= 1;
    while (this.#lowest < this.#highest && this.#at(this.#lowest) === 0) this.#lowest += 1;
    while (this.#highest > this.#lowest && this.#at(this.#highest) === 0) this.#highest -= 1;
  }

  /**
   * The minimum of `tailsLogEValue` over all possible positions of the tail-quantile, so never more than at its true
   * position.
   * @param enough the search ends below this value: the exact minimum no longer matters
   */
  evidence(enough: number): number {
    // It may be above all values; that it may be below all is where the walk begins.
    let least = Math.min(this.#balanced(), this.#evidence(this.#n, 0));
    let below = 0;
    let above = this.#n;
    for (let bin = this.#lowest - this.#width; above > 0 && least > enough; bin += 1) {
      // With the quantile in this bin, all of the bin may be below it, and all of the bin that it ends in above.
      below += this.#at(bin);
      const next = this.#at(bin + this.#width);
      if (next === 0) continue;
      least = Math.min(least, this.#evidence(below, above));
      above -= next;
    }
    return least;
  }

  /** The evidence at the position that leaves out about the same number at each end: usually close to the minimum. */
  #balanced(): number {
    let low = this.#lowest;
    let high = this.#highest;
    let below = 0;
    let above = 0;
    // Leave out the next bin at the end where fewer values are then left out.
    while (high - low + 1 >= this.#width && low <= high) {
      const belowThen = below + this.#at(low);
      const aboveThen = above + this.#at(high);
      if (belowThen <= aboveThen) {
        below = belowThen;
        low += 1;
      } else {
        above = aboveThen;
        high -= 1;
      }
    }
    return this.#evidence(below, above);
  }

  #evidence(below: number, above: number): number {
    return tailsLogEValue(below, above, this.#n, this.#tail);
  }

  #at(bin: number): number {
    return this.#counts[bin] ?? 0;
  }
}

function binOf(x: number): number {
  return Math.min(BINS - 1, Math.floor(x * BINS));
}
