import { requireObject, requireWithin } from "./check.js";
import type { Interval } from "./intervals.js";
import { MeanSequence, type MeanSequenceState } from "./mean-sequence.js";

/** The full state of a `StdSequence`, as plain JSON. */
export interface StdSequenceState {
  /** The first of a pair whose second is still to come. */
  readonly first: number | null;
  readonly squares: MeanSequenceState;
}

/**
 * Confidence sequence for the standard deviation of observations in [0, 1]: with probability at least 1 - alpha, every
 * interval contains it. From disjoint pairs: (x - y)^2 is in [0, 1], and its mean is twice the variance for two
 * independent observations of one distribution. If neighbouring observations are similar, the pairs show less than the
 * full deviation, and the interval is for that smaller value. O(1) time and memory.
 */
export class StdSequence {
  #first: number | null = null;
  #squares: MeanSequence;

  /** @throws StatsError `invalid_probability` */
  constructor(alpha: number) {
    this.#squares = new MeanSequence(alpha);
  }

  /** Continues from a state. @throws StatsError for an invalid one */
  static from(state: StdSequenceState): StdSequence {
    requireObject(state, "state");
    const { first, squares } = state;
    requireObject(squares, "squares");
    const sequence = new StdSequence(squares.alpha);
    if (first !== null) requireWithin(first, 0, 1, "first");
    sequence.#first = first;
    sequence.#squares = MeanSequence.from(squares);
    return sequence;
  }

  /**
   * Adds one observation. @throws StatsError `not_finite`, or `out_of_range` outside [0, 1]; the state is then
   * unchanged
   */
  add(x: number): void {
    requireWithin(x, 0, 1, "observation");
    const first = this.#first;
    this.#first = first === null ? x : null;
    if (first !== null) this.#squares.add((x - first) ** 2);
  }

  /** The interval now, within [0, 1/2]; null before the first pair. */
  interval(): Interval | null {
    const interval = this.#squares.interval();
    if (interval === null) return null;
    return { low: Math.min(0.5, Math.sqrt(interval.low / 2)), high: Math.min(0.5, Math.sqrt(interval.high / 2)) };
  }

  /** The full state, from which `from` continues. */
  state(): StdSequenceState {
    return { first: this.#first, squares: this.#squares.state() };
  }
}
