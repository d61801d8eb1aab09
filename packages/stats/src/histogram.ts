import {
  requireCount,
  requireFinite,
  requireList,
  requireObject,
  requireProbability,
  requireThat,
  requireWithin,
} from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";
import { type HistogramShape, requireSameShape, requireShape, wholeInverse } from "./histogram-shape.js";
import { interpolate } from "./interpolate.js";
import { requireEnds } from "./moments.js";
import { rankOf } from "./quantile.js";

/** Two numbers with the exact statistic between them. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** The full state of a `BoundedHistogram`, as plain data; `min` and `max` are infinite while n is 0. */
export interface HistogramState {
  readonly shape: HistogramShape;
  readonly counts: Float64Array;
  readonly n: number;
  readonly min: number;
  readonly max: number;
}

/** The fullest bin. */
export interface Mode {
  /** Its centre. */
  readonly value: number;
  readonly count: number;
  /** count / n, in (0, 1]. */
  readonly share: number;
}

/**
 * Mergeable histogram of fixed equal bins on [low, high]; a value x falls into the bin centred on round(x / width) *
 * width. Memory is fixed; `add` takes O(1), a query O(bins). With low 0, high 1, width 1e-4 there are 10,001 bins, one
 * for each value rounded to 4 decimals.
 */
export class BoundedHistogram {
  readonly shape: HistogramShape;
  /**
   * The largest possible distance between bounds: one width, and the rounding of the edges (a few units in the last
   * place of the largest value allowed).
   */
  readonly errorBound: number;
  readonly #counts: Float64Array;
  readonly #firstBin: number;
  readonly #perUnit: number | null;
  readonly #slack: number;
  #n = 0;
  #min = Infinity;
  #max = -Infinity;

  /**
   * Throws `not_finite`, `invalid_argument` (low not below high, width not positive) or
   * `out_of_range` (over a million bins).
   */
  constructor(shape: HistogramShape) {
    requireShape(shape);
    const { low, high, width } = shape;
    this.shape = { low, high, width };
    this.#firstBin = Math.round(low / width);
    this.#counts = new Float64Array(Math.round(high / width) - this.#firstBin + 1);
    this.#slack = 8 * Number.EPSILON * Math.max(-low, high, width);
    this.errorBound = width + 4 * this.#slack;
    this.#perUnit = wholeInverse(width);
  }

  /**
   * Continues from a state.
   * @throws StatsError `shape_mismatch` for the wrong number of bins and for an invalid state
   */
  static from(state: HistogramState): BoundedHistogram {
    requireObject(state, "state");
    const { shape, counts, n, min, max } = state;
    requireList(counts, "counts");
    const histogram = new BoundedHistogram(shape);
    if (counts.length !== histogram.#counts.length) {
      throw new StatsError(
        STATS_ERROR_CODES.shapeMismatch,
        `${counts.length} counts: expected ${histogram.#counts.length}`,
      );
    }
    let total = 0;
    for (const count of counts) {
      requireCount(count, "count");
      total += count;
    }
    requireThat(n === total, n, "n", `the sum of the counts, ${total}`);
    requireEnds(n, min, max);
    if (n > 0) {
      requireWithin(min, shape.low, shape.high, "min");
      requireWithin(max, shape.low, shape.high, "max");
    }
    histogram.#counts.set(counts);
    histogram.#n = n;
    histogram.#min = min;
    histogram.#max = max;
    return histogram;
  }

  /** A copy of the full state. */
  state(): HistogramState {
    return { shape: this.shape, counts: this.#counts.slice(), n: this.#n, min: this.#min, max: this.#max };
  }

  /** Values so far. */
  get n(): number {
    return this.#n;
  }

  /** Adds one value. Throws `not_finite`, or `out_of_range` outside [low, high], and then changes nothing. */
  add(x: number): void {
    requireWithin(x, this.shape.low, this.shape.high, "value");
    const bin = Math.round(x / this.shape.width) - this.#firstBin;
    this.#counts[bin] = this.#countAt(bin) + 1;
    this.#n += 1;
    this.#min = Math.min(this.#min, x);
    this.#max = Math.max(this.#max, x);
  }

  /**
   * Adds everything that `other` has seen; `other` is unchanged. Returns this. Throws `shape_mismatch` for another
   * geometry.
   */
  merge(other: BoundedHistogram): this {
    requireThat(other instanceof BoundedHistogram, other, "other", "a BoundedHistogram");
    requireSameShape(this.shape, other.shape);
    for (let bin = 0; bin < this.#counts.length; bin += 1) {
      this.#counts[bin] = this.#countAt(bin) + other.#countAt(bin);
    }
    this.#n += other.#n;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    return this;
  }

  /**
   * Bounds that contain `quantile(values, p)` (type 7) of the values added, at most `errorBound`
   * apart; null while n is 0. Throws `invalid_probability`.
   */
  quantileBounds(p: number): Bounds | null {
    requireProbability(p, "p");
    return this.#n === 0 ? null : this.rankBounds(rankOf(p, this.#n));
  }

  /**
   * Bounds that contain `quantileAtRank(values, rank)` of the values added, at most `errorBound`
   * apart; null while n is 0. Throws `not_finite`, or `out_of_range` for a rank beyond [0, n - 1].
   */
  rankBounds(rank: number): Bounds | null {
    requireFinite(rank, "rank");
    if (this.#n === 0) return null;
    requireWithin(rank, 0, this.#n - 1, "rank");
    const position = Math.floor(rank);
    const first = this.#binOf(position);
    const second = this.#binOf(Math.ceil(rank));
    const fraction = rank - position;
    return {
      lower: Math.max(this.#min, interpolate(this.#lowerEdge(first), this.#lowerEdge(second), fraction)),
      upper: Math.min(this.#max, interpolate(this.#upperEdge(first), this.#upperEdge(second), fraction)),
    };
  }

  /**
   * A range the exact `q(pHigh) - q(pLow)` is never below, from the inner bounds of the two: never
   * negative, and short of the exact range by at most 2 `errorBound`. Null while n is 0.
   * Throws `invalid_probability`, or `invalid_argument` when pLow is above pHigh.
   */
  innerRange(pLow: number, pHigh: number): number | null {
    const low = this.quantileBounds(pLow);
    const high = this.quantileBounds(pHigh);
    if (pLow > pHigh) {
      throw new StatsError(STATS_ERROR_CODES.invalidArgument, `pLow is ${pLow}: expected at most pHigh, ${pHigh}`);
    }
    return low === null || high === null ? null : Math.max(0, high.lower - low.upper);
  }

  /** The fullest bin, ties to the smallest value; null while n is 0. Exact for values on bin centres. */
  mode(): Mode | null {
    if (this.#n === 0) return null;
    let best = 0;
    for (let bin = 1; bin < this.#counts.length; bin += 1) {
      if (this.#countAt(bin) > this.#countAt(best)) best = bin;
    }
    const count = this.#countAt(best);
    return { value: this.#centre(best), count, share: count / this.#n };
  }

  #countAt(bin: number): number {
    return this.#counts[bin] ?? 0;
  }

  /** The bin that holds the value at a 0-based position in ascending order. */
  #binOf(position: number): number {
    let bin = 0;
    for (let seen = this.#countAt(0); seen <= position; seen += this.#countAt(bin)) bin += 1;
    return bin;
  }

  /** 1234 / 10000 is the double nearest to 0.1234; 1234 * 1e-4 is not. */
  #centre(bin: number): number {
    const multiple = bin + this.#firstBin;
    return this.#perUnit === null ? multiple * this.shape.width : multiple / this.#perUnit;
  }

  #lowerEdge(bin: number): number {
    return (bin + this.#firstBin - 0.5) * this.shape.width - this.#slack;
  }

  #upperEdge(bin: number): number {
    return (bin + this.#firstBin + 0.5) * this.shape.width + this.#slack;
  }
}
