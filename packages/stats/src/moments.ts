import {
  MAX_MAGNITUDE,
  requireCount,
  requireFinite,
  requireIterable,
  requireObject,
  requireThat,
  requireWithin,
} from "./check.js";

/** The full state of a `Moments`, as plain data; `min` and `max` are infinite while n is 0. */
export interface MomentsState {
  readonly n: number;
  readonly mean: number;
  /** Sums of the powers two, three and four of the differences from the mean. */
  readonly m2: number;
  readonly m3: number;
  readonly m4: number;
  readonly min: number;
  readonly max: number;
}

/** Below this variance, its square (the scale of the fourth moment) leaves the normal doubles. */
const LEAST_SHAPED_VARIANCE = 1e-140;

/**
 * Streaming, mergeable population moments up to order four, in O(1) memory.
 *
 * Source: Welford 1962 and Pébay 2008 (Sandia report SAND2008-6212).
 * With u = 2^-53 and k = sqrt(1 + mean^2 / variance), the relative error of the variance is of
 * the order n k u (Chan, Golub, LeVeque 1983); the tests hold it under
 * 16 n k u (1 + n k u) for any split and order.
 * All are null while n is 0. A constant input has a standard deviation of exactly 0.
 */
export class Moments {
  #n = 0;
  #mean = 0;
  #m2 = 0;
  #m3 = 0;
  #m4 = 0;
  #min = Infinity;
  #max = -Infinity;

  /** Moments of all the values; throws as `add` does. */
  static of(values: Iterable<number>): Moments {
    requireIterable(values, "values");
    const moments = new Moments();
    for (const value of values) moments.add(value);
    return moments;
  }

  /** Continues from a state exactly as if it had never stopped. @throws StatsError for an invalid one */
  static from(state: MomentsState): Moments {
    requireMoments(state);
    const { n, mean, m2, m3, m4, min, max } = state;
    const moments = new Moments();
    moments.#n = n;
    moments.#mean = mean;
    moments.#m2 = m2;
    moments.#m3 = m3;
    moments.#m4 = m4;
    moments.#min = min;
    moments.#max = max;
    return moments;
  }

  /** The full state, from which `from` continues. */
  state(): MomentsState {
    return { n: this.#n, mean: this.#mean, m2: this.#m2, m3: this.#m3, m4: this.#m4, min: this.#min, max: this.#max };
  }

  /** Values so far. */
  get n(): number {
    return this.#n;
  }

  /** The arithmetic mean; null without values. */
  get mean(): number | null {
    return this.#n === 0 ? null : this.#mean;
  }

  /** Population variance (divided by n), in squared units of the values; never negative. */
  get variance(): number | null {
    return this.#n === 0 ? null : this.#m2 / this.#n;
  }

  /** Population standard deviation, in units of the values. */
  get std(): number | null {
    return this.#n === 0 ? null : Math.sqrt(this.#m2 / this.#n);
  }

  /** Third standardised moment; null where the variance is 0 (or below 1e-140: the powers underflow). */
  get skewness(): number | null {
    const variance = this.#shapedVariance();
    return variance === null ? null : this.#m3 / this.#n / (variance * Math.sqrt(variance));
  }

  /** Fourth standardised moment, plain (a normal has 3); null where `skewness` is. */
  get kurtosis(): number | null {
    const variance = this.#shapedVariance();
    return variance === null ? null : this.#m4 / this.#n / (variance * variance);
  }

  /** The least value; null without values. */
  get min(): number | null {
    return this.#n === 0 ? null : this.#min;
  }

  /** The largest value; null without values. */
  get max(): number | null {
    return this.#n === 0 ? null : this.#max;
  }

  /** Adds one value. Throws `not_finite`, or `out_of_range` above |x| = 1e70, and then changes nothing. */
  add(x: number): void {
    requireWithin(x, -MAX_MAGNITUDE, MAX_MAGNITUDE, "value");
    const before = this.#n;
    const n = before + 1;
    const delta = x - this.#mean;
    const step = delta / n;
    const square = delta * step * before;
    this.#m4 += square * step * step * (n * n - 3 * n + 3) + 6 * step * step * this.#m2 - 4 * step * this.#m3;
    this.#m3 += square * step * (n - 2) - 3 * step * this.#m2;
    this.#m2 += square;
    this.#mean += step;
    this.#n = n;
    this.#min = Math.min(this.#min, x);
    this.#max = Math.max(this.#max, x);
  }

  /** Adds everything that `other` has seen; `other` is unchanged. Returns this. */
  merge(other: Moments): this {
    requireThat(other instanceof Moments, other, "other", "Moments");
    if (other.#n === 0) return this;
    if (this.#n === 0) return this.#copy(other);
    const a = this.#n;
    const b = other.#n;
    const n = a + b;
    const delta = other.#mean - this.#mean;
    const step = delta / n;
    const square = delta * step * a * b;
    const between = square * step * step * (a * a - a * b + b * b);
    const mixed = 6 * step * step * (a * a * other.#m2 + b * b * this.#m2);
    this.#m4 += other.#m4 + between + mixed + 4 * step * (a * other.#m3 - b * this.#m3);
    this.#m3 += other.#m3 + square * step * (a - b) + 3 * step * (a * other.#m2 - b * this.#m2);
    this.#m2 += other.#m2 + square;
    this.#mean += step * b;
    this.#n = n;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    return this;
  }

  #copy(other: Moments): this {
    this.#n = other.#n;
    this.#mean = other.#mean;
    this.#m2 = other.#m2;
    this.#m3 = other.#m3;
    this.#m4 = other.#m4;
    this.#min = other.#min;
    this.#max = other.#max;
    return this;
  }

  #shapedVariance(): number | null {
    const variance = this.variance;
    return variance !== null && variance >= LEAST_SHAPED_VARIANCE ? variance : null;
  }
}

function requireMoments(state: MomentsState): void {
  requireObject(state, "state");
  const { n, mean, m2, m3, m4, min, max } = state;
  requireCount(n, "n");
  requireWithin(mean, -MAX_MAGNITUDE, MAX_MAGNITUDE, "mean");
  requireWithin(m2, 0, Number.MAX_VALUE, "m2");
  requireFinite(m3, "m3");
  requireFinite(m4, "m4");
  requireEnds(n, min, max);
}

/** The smallest and the largest of n values; infinite while there are none. */
export function requireEnds(n: number, min: number, max: number): void {
  const isNone = n === 0 && min === Infinity && max === -Infinity;
  if (isNone) return;
  requireFinite(min, "min");
  requireFinite(max, "max");
  requireThat(min <= max, min, "min", `at most max, ${max}`);
}
