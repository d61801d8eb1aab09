import { requireCount, requireObject, requireThat, requireWithin } from "./check.js";
import { ExactSum, SUM_BITS } from "./exact-sum.js";
import { Moments, requireEnds } from "./moments.js";

/** The full state of an `ExactMoments`, as plain data; `min` and `max` are infinite while n is 0. */
export interface ExactMomentsState {
  readonly n: number;
  /** The sums of the powers one to four of value / most, in units of 2^-312. */
  readonly sums: readonly [bigint, bigint, bigint, bigint];
  readonly min: number;
  readonly max: number;
}

/** Splits a double into two halves of at most 26 bits (Veltkamp 1968). */
const SPLITTER = 2 ** 27 + 1;
/** Bits of a quotient before it is rounded to a double. */
const QUOTIENT_BITS = 66;

/**
 * Streaming, mergeable population moments up to order four of values from 0 to `most`, in O(1) memory. The sums of
 * powers are exact: products by the error-free transformation of Dekker 1971, sums as in `ExactSum`. So the moments are
 * the same to the last bit, whatever the order of the values, and however they are divided into parts that are merged.
 * They differ from the true ones only by the rounding of value / most and of the result.
 *
 * Some four times as slow as `Moments`.
 */
export class ExactMoments {
  readonly #most: number;
  #n = 0;
  #sums: readonly [ExactSum, ExactSum, ExactSum, ExactSum] = [
    new ExactSum(),
    new ExactSum(),
    new ExactSum(),
    new ExactSum(),
  ];
  #min = Infinity;
  #max = -Infinity;

  /** @param most the largest possible value, above 0 */
  constructor(most: number) {
    requireThat(Number.isFinite(most) && most > 0 && most <= 1e70, most, "most", "a number above 0, up to 1e70");
    this.#most = most;
  }

  /** Continues from a state exactly as if it had never stopped. @throws StatsError for an invalid one */
  static from(state: ExactMomentsState, most: number): ExactMoments {
    requireObject(state, "state");
    const { n, sums, min, max } = state;
    requireCount(n, "n");
    const given: readonly unknown[] = Array.isArray(sums) ? sums : [];
    const isSums = given.length === 4 && given.every((sum) => typeof sum === "bigint");
    requireThat(isSums, sums, "sums", "four whole numbers (bigint)");
    requireEnds(n, min, max);
    const moments = new ExactMoments(most);
    const [first, second, third, fourth] = sums;
    moments.#n = n;
    moments.#sums = [ExactSum.from(first), ExactSum.from(second), ExactSum.from(third), ExactSum.from(fourth)];
    moments.#min = min;
    moments.#max = max;
    return moments;
  }

  /** The full state, from which `from` continues. */
  state(): ExactMomentsState {
    return { n: this.#n, sums: this.#totals(), min: this.#min, max: this.#max };
  }

  /** Values so far. */
  get n(): number {
    return this.#n;
  }

  /** Adds one value from 0 to `most`. @throws StatsError `not_finite`, `out_of_range`; then nothing is changed */
  add(value: number): void {
    requireWithin(value, 0, this.#most, "value");
    const [first, second, third, fourth] = this.#sums;
    const x = value / this.#most;
    first.add(x);
    // x^2 is square + below, exactly; and so on.
    const square = x * x;
    const below = errorOf(x, x, square);
    second.add(square);
    second.add(below);
    addProduct(third, square, x);
    addProduct(third, below, x);
    addProduct(fourth, square, square);
    addProduct(fourth, 2 * square, below);
    addProduct(fourth, below, below);
    this.#n += 1;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  /** Adds everything that `other`, of the same `most`, has seen; `other` is unchanged. Returns this. */
  merge(other: ExactMoments): this {
    requireThat(other instanceof ExactMoments, other, "other", "ExactMoments");
    requireThat(other.#most === this.#most, other.#most, "most of other", `${this.#most}`);
    this.#n += other.#n;
    for (const [power, sum] of this.#sums.entries()) sum.merge(other.#sums[power] ?? sum);
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    return this;
  }

  /** The moments so far. */
  moments(): Moments {
    if (this.#n === 0) return new Moments();
    const n = BigInt(this.#n);
    const [s1, s2, s3, s4] = this.#totals();
    const one = 1n << BigInt(SUM_BITS);
    // The central moments of Pearson, over common denominators.
    const m2 = n * s2 * one - s1 ** 2n;
    const m3 = n ** 2n * s3 * one ** 2n - 3n * n * s1 * s2 * one + 2n * s1 ** 3n;
    const m4 =
      n ** 3n * s4 * one ** 3n - 4n * n ** 2n * s1 * s3 * one ** 2n + 6n * n * s1 ** 2n * s2 * one - 3n * s1 ** 4n;
    const most = this.#most;
    return Moments.from({
      n: this.#n,
      mean: ratio(s1, n * one) * most,
      // What is left out below 2^-312 must not make it negative.
      m2: Math.max(0, ratio(m2, n * one ** 2n)) * most ** 2,
      m3: ratio(m3, n ** 2n * one ** 3n) * most ** 3,
      m4: Math.max(0, ratio(m4, n ** 3n * one ** 4n)) * most ** 4,
      min: this.#min,
      max: this.#max,
    });
  }

  #totals(): ExactMomentsState["sums"] {
    const [first, second, third, fourth] = this.#sums;
    return [first.total(), second.total(), third.total(), fourth.total()];
  }
}

/** Adds a product exactly, as its rounded value and the error of that. */
function addProduct(sum: ExactSum, a: number, b: number): void {
  const product = a * b;
  sum.add(product);
  sum.add(errorOf(a, b, product));
}

/** What a rounded product lacks. */
function errorOf(a: number, b: number, product: number): number {
  const [highA, highB] = [highOf(a), highOf(b)];
  const [lowA, lowB] = [a - highA, b - highB];
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

function highOf(value: number): number {
  const wide = SPLITTER * value;
  return wide - (wide - value);
}

/** A quotient of whole numbers as a double. @param denominator above 0 */
function ratio(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0;
  const size = numerator < 0n ? -numerator : numerator;
  const shift = QUOTIENT_BITS - bitsOf(size) + bitsOf(denominator);
  const quotient = shift >= 0 ? (size << BigInt(shift)) / denominator : size / (denominator << BigInt(-shift));
  // In two steps: the power alone may be below the smallest double.
  const half = Math.trunc(shift / 2);
  const value = Number(quotient) * 2 ** -half * 2 ** -(shift - half);
  return numerator < 0n ? -value : value;
}

function bitsOf(value: bigint): number {
  return value.toString(16).length * 4;
}
