import {
  BoundedHistogram,
  ExactMoments,
  Moments,
  type ExactMomentsState,
  type HistogramState,
  quantileAtRank,
  quantileInterval,
  normalQuantile,
  stdInterval,
} from "@qsc/stats";
import { invalidOption, rules, type Interval } from "@qsc/contract";
import { sampleState } from "../given/states.js";
import { BIN_WIDTH, inOrder, longestRun } from "./ordered.js";
import { inOneRun } from "./runs.js";
import { scaleRule, UNIT_SCALE, type Scale } from "./scale.js";

/** A sample of up to this many values is kept whole, and its quantiles are exact. */
export const EXACT_LIMIT = 20_000;

const confidenceRule = rules.ruleOf(
  (value) => typeof value === "number" && value > 0 && value < 1,
  "a number between 0 and 1",
);

/** The two bounds of an exact value; equal when it is known exactly. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Everything in a `Sample` except its scale, as plain data: the values in the order in which they came, or their
 * summary.
 */
export type SampleState =
  | { readonly kind: "whole"; readonly values: Float64Array }
  | { readonly kind: "outline"; readonly moments: ExactMomentsState; readonly histogram: HistogramState };

/**
 * Finite values, mergeable in any order with the same result: kept whole up to EXACT_LIMIT and
 * judged from the sorted values; beyond, exact moments and a histogram of 10,001 bins.
 */
export class Sample {
  readonly #scale: Scale;
  #values: number[] | null = [];
  /** The values in ascending runs; null when they need sorting. */
  #runs: readonly Float64Array[] | null = [];
  /** Of the sorted values, until another one comes. */
  #moments: Moments | null = null;
  #exact: ExactMoments | null = null;
  #histogram: BoundedHistogram | null = null;

  /** @throws QscError `invalid_option` when it is not a scale */
  constructor(scale: Scale = UNIT_SCALE) {
    scaleRule(scale, "scale");
    this.#scale = scale;
  }

  /** Continues from a state. @throws QscError `invalid_option`, StatsError when the state is invalid */
  static from(state: SampleState, scale: Scale): Sample {
    sampleState(state, "state");
    const sample = new Sample(scale);
    if (state.kind === "whole") for (const value of state.values) sample.add(value);
    else {
      sample.#values = null;
      sample.#runs = null;
      sample.#exact = ExactMoments.from(state.moments, scale.most);
      sample.#histogram = BoundedHistogram.from(state.histogram);
    }
    return sample;
  }

  /** The full state, from which `from` continues. */
  state(): SampleState {
    const [moments, histogram] = [this.#exact, this.#histogram];
    if (moments === null || histogram === null) return { kind: "whole", values: Float64Array.from(this.#values ?? []) };
    return { kind: "outline", moments: moments.state(), histogram: histogram.state() };
  }

  /** Values so far. */
  get n(): number {
    return this.#values?.length ?? this.#histogram?.n ?? 0;
  }

  /** Whether the values are kept whole. */
  get isExact(): boolean {
    return this.#values !== null;
  }

  /**
   * Adds one value within the scale's range.
   *
   * @throws QscError `invalid_option` when it is out of range or NaN; the sample is then unchanged
   */
  add(value: number): void {
    if (typeof value !== "number" || !(value >= 0 && value <= this.#scale.most))
      throw invalidOption("value", value, `a number from 0 to ${this.#scale.most}`);
    if (this.#values === null) {
      this.#count(value);
      return;
    }
    // Turns -0 into 0, so that equal values are identical and their order never matters.
    this.#values.push(value + 0);
    this.#runs = null;
    this.#moments = null;
    if (this.#values.length > EXACT_LIMIT) this.#spill();
  }

  /** Adds what another sample holds, in any order. */
  merge(other: Sample): void {
    rules.instanceOf(Sample)(other, "other");
    if (other.#values !== null) {
      if (this.#values === null || this.n + other.n > EXACT_LIMIT) for (const value of other.#values) this.add(value);
      else this.#append(other.#values, other.#inOrder());
      return;
    }
    this.#spill();
    this.#moments = null;
    if (other.#exact !== null) this.#exact?.merge(other.#exact);
    if (other.#histogram !== null) this.#histogram?.merge(other.#histogram);
  }

  /** Moments of all values, the same to the last bit whatever their order: of the sorted ones, or by exact sums. */
  moments(): Moments {
    this.#moments ??= this.#exact?.moments() ?? Moments.of(this.#inOrder());
    return this.#moments;
  }

  /** The value at a real-valued 0-based rank, interpolated; null when the sample has no such rank. */
  atRank(rank: number): Bounds | null {
    rules.finite(rank, "rank");
    const last = this.n - 1;
    if (last < 0 || rank < 0 || rank > last) return null;
    if (this.#histogram === null) {
      const value = quantileAtRank(this.#inOrder(), rank);
      return value === null ? null : { lower: value, upper: value };
    }
    const bounds = this.#histogram.rankBounds(rank);
    if (bounds === null) return null;
    return { lower: this.#scale.fromUnit(bounds.lower), upper: this.#scale.fromUnit(bounds.upper) };
  }

  /** The quantile at `p` (linear interpolation between closest ranks), or null when empty. */
  quantile(p: number): Bounds | null {
    rules.share(p, "p");
    return this.n === 0 ? null : this.atRank(p * (this.n - 1));
  }

  /** The maximum error of a quantile, as a fraction of the scale's unit; 0 while exact. */
  get errorBound(): number {
    return this.#histogram?.errorBound ?? 0;
  }

  /** The most frequent value, to 4 decimals; the smallest of equally frequent ones. */
  mode(): { readonly value: number; readonly count: number } | null {
    if (this.#histogram !== null) return this.#histogram.mode();
    return longestRun(this.#inOrder());
  }

  /** Distribution-free interval of the quantile at `p`. */
  quantileInterval(p: number, confidence: number): Interval | null {
    rules.share(p, "p");
    confidenceRule(confidence, "confidence");
    if (this.n === 0) return null;
    if (this.#histogram === null) {
      const interval = quantileInterval(this.#inOrder(), p, confidence);
      return interval === null ? null : { low: interval.low, high: interval.high, confidence };
    }
    const spread = normalQuantile((1 + confidence) / 2) * Math.sqrt(this.n * p * (1 - p));
    const low = this.atRank(Math.max(0, p * (this.n - 1) - spread - 1));
    const high = this.atRank(Math.min(this.n - 1, p * (this.n - 1) + spread + 1));
    return low === null || high === null ? null : { low: low.lower, high: high.upper, confidence };
  }

  /** The range of standard deviations that these values support; null with fewer than two. */
  stdInterval(confidence: number): Interval | null {
    confidenceRule(confidence, "confidence");
    const interval = stdInterval(this.moments(), confidence);
    return interval === null ? null : { low: interval.low, high: interval.high, confidence };
  }

  /** The values in ascending order; null beyond EXACT_LIMIT, when they are no longer kept. */
  whole(): Float64Array | null {
    return this.#values === null ? null : this.#inOrder();
  }

  /**
   * How many values fall on each 4-decimal step of the scale's unit: the same whether the values are kept whole or
   * summarised.
   */
  binCounts(): Float64Array {
    if (this.#histogram !== null) return this.#histogram.state().counts;
    const counts = new Float64Array(Math.round(1 / BIN_WIDTH) + 1);
    for (const value of this.#values ?? []) {
      const bin = Math.round(this.#scale.toUnit(value) / BIN_WIDTH);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts;
  }

  #inOrder(): Float64Array {
    const sorted = this.#runs === null ? inOrder(this.#values ?? []) : inOneRun(this.#runs);
    this.#runs = [sorted];
    return sorted;
  }

  /** Parts that are already in order are not sorted again. */
  #append(values: readonly number[], run: Float64Array): void {
    this.#runs = [...(this.#runs ?? [this.#inOrder()]), run];
    this.#moments = null;
    this.#values = this.#values?.concat(values) ?? null;
  }

  #spill(): void {
    if (this.#values === null) return;
    const values = this.#values;
    this.#values = null;
    this.#runs = null;
    this.#moments = null;
    this.#exact = new ExactMoments(this.#scale.most);
    this.#histogram = new BoundedHistogram({ low: 0, high: 1, width: BIN_WIDTH });
    for (const value of values) this.#count(value);
  }

  #count(value: number): void {
    this.#moments = null;
    this.#exact?.add(value);
    this.#histogram?.add(this.#scale.toUnit(value));
  }
}
