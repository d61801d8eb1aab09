import { requireCount, requireObject, requireOpenProbability, requireWithin } from "./check.js";
import type { Interval } from "./intervals.js";

/** The full state of a `MeanSequence`, as plain JSON. */
export interface MeanSequenceState {
  readonly alpha: number;
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
  readonly weights: number;
  readonly weighted: number;
  readonly spread: number;
}

/** The largest weight: keeps the effect of a bounded observation on the bound finite. */
const LARGEST_WEIGHT = 0.5;

/**
 * Confidence sequence for the mean of observations in [0, 1]: with probability at least 1 - alpha, every interval,
 * after every observation, contains the mean. Requires that each observation has the same mean given the past; any
 * distribution will do. The width follows the variance that was observed. Source: Waudby-Smith & Ramdas 2024,
 * "Estimating means of bounded random variables by betting", theorem 2 (predictable plug-in empirical Bernstein); the
 * method is that of Howard et al. 2021. O(1) time and memory.
 */
export class MeanSequence {
  readonly alpha: number;
  #n = 0;
  #sum = 0.5;
  #squares = 0.25;
  #weights = 0;
  #weighted = 0;
  #spread = 0;

  /** @throws StatsError `invalid_probability` */
  constructor(alpha: number) {
    requireOpenProbability(alpha, "alpha");
    this.alpha = alpha;
  }

  /** Continues from a state. @throws StatsError for an invalid one */
  static from(state: MeanSequenceState): MeanSequence {
    requireObject(state, "state");
    const { alpha, n, sum, squares, weights, weighted, spread } = state;
    const sequence = new MeanSequence(alpha);
    requireCount(n, "n");
    const sums = { sum, squares, weights, weighted, spread };
    for (const [name, each] of Object.entries(sums)) requireWithin(each, 0, Number.MAX_VALUE, name);
    sequence.#n = n;
    sequence.#sum = sums.sum;
    sequence.#squares = sums.squares;
    sequence.#weights = sums.weights;
    sequence.#weighted = sums.weighted;
    sequence.#spread = sums.spread;
    return sequence;
  }

  /** Values so far. */
  get n(): number {
    return this.#n;
  }

  /**
   * Adds one observation. @throws StatsError `not_finite`, or `out_of_range` outside [0, 1]; the state is then
   * unchanged
   */
  add(x: number): void {
    requireWithin(x, 0, 1, "observation");
    const before = this.#sum / (this.#n + 1);
    const variance = this.#squares / (this.#n + 1);
    this.#n += 1;
    const weight = Math.min(
      LARGEST_WEIGHT,
      Math.sqrt((2 * Math.log(2 / this.alpha)) / (variance * this.#n * Math.log1p(this.#n))),
    );
    this.#weights += weight;
    this.#weighted += weight * x;
    this.#spread += (x - before) ** 2 * (-Math.log1p(-weight) - weight);
    this.#sum += x;
    this.#squares += (x - this.#sum / (this.#n + 1)) ** 2;
  }

  /** The interval now, within [0, 1]; null before the first observation. */
  interval(): Interval | null {
    if (this.#n === 0) return null;
    const centre = this.#weighted / this.#weights;
    const reach = (Math.log(2 / this.alpha) + this.#spread) / this.#weights;
    return { low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
  }

  /** The full state, from which `from` continues. */
  state(): MeanSequenceState {
    return {
      alpha: this.alpha,
      n: this.#n,
      sum: this.#sum,
      squares: this.#squares,
      weights: this.#weights,
      weighted: this.#weighted,
      spread: this.#spread,
    };
  }
}
