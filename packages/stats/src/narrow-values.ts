import { tailsEvidence } from "./tails-evidence.js";

/** Bins of [0, 1] in which the values are sorted. */
const BINS = 2000;

/**
 * Values in [0, 1], which come and leave again, and the evidence of them against "the (1 - tail)-quantile is at least `limit`
 * above the tail-quantile". Rounded to the outer edges of their bins: never more than the exact values are evidence of.
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

  /** Takes away one that has come. */
  remove(x: number): void {
    const bin = binOf(x);
    this.#counts[bin] = this.#at(bin) - 1;
    this.#n -= 1;
    while (this.#lowest < this.#highest && this.#at(this.#lowest) === 0) this.#lowest += 1;
    while (this.#highest > this.#lowest && this.#at(this.#highest) === 0) this.#highest -= 1;
  }

  /**
   * The least of `tailsEvidence` over all places that the tail-quantile may have: no more than that of its true place.
   * @param enough below this any answer is as good as the least: the search ends
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

  /** The evidence of the place that leaves about equally many out at each end: seldom far from the least. */
  #balanced(): number {
    let low = this.#lowest;
    let high = this.#highest;
    let below = 0;
    let above = 0;
    // The next bin is left out at the end where fewer are then.
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
    return tailsEvidence(below, above, this.#n, this.#tail);
  }

  #at(bin: number): number {
    return this.#counts[bin] ?? 0;
  }
}

function binOf(x: number): number {
  return Math.min(BINS - 1, Math.floor(x * BINS));
}
