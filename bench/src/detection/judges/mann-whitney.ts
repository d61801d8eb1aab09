import { normalQuantile } from "@qsc/stats";
import type { Answer } from "../model-stream.js";

/** SELL < HOLD < BUY. */
const ORDER = [2, 0, 1] as const;

/**
 * The risk of one look, split over four models with four metrics each. As usual, there is no correction for repeated
 * looks.
 */
const RISK = 0.01 / 16;
const CRITICAL = normalQuantile(1 - RISK / 2);

/**
 * The rank sum of the newest values against a fixed sample, updated in constant time. Values are whole numbers below
 * `bins`.
 */
class RankSum {
  readonly #sample: Int32Array;
  /** For each value, how many of the sample are below it, plus half of those equal to it. */
  readonly #ranks: Float64Array;
  readonly #counts: Int32Array;
  readonly #sampleSize: number;
  readonly #newest: Int32Array;
  #n = 0;
  #u = 0;
  #ties = 0;

  constructor(sample: Int32Array, size: number) {
    this.#sample = sample;
    this.#ranks = new Float64Array(sample.length);
    this.#counts = new Int32Array(sample.length);
    this.#newest = new Int32Array(size);
    let below = 0;
    for (let bin = 0; bin < sample.length; bin += 1) {
      const equal = sample[bin] ?? 0;
      this.#ranks[bin] = below + equal / 2;
      below += equal;
      this.#ties += equal ** 3 - equal;
    }
    this.#sampleSize = below;
  }

  add(bin: number): void {
    const at = this.#n % this.#newest.length;
    if (this.#n >= this.#newest.length) this.#move(this.#newest[at] ?? 0, -1);
    this.#newest[at] = bin;
    this.#n += 1;
    this.#move(bin, 1);
  }

  /** Mann & Whitney 1947, normal approximation with ties. */
  isDifferent(): boolean {
    const n = Math.min(this.#n, this.#newest.length);
    const m = this.#sampleSize;
    const all = n + m;
    if (n === 0 || m === 0) return false;
    const variance = ((n * m) / 12) * (all + 1 - this.#ties / (all * (all - 1)));
    return variance > 0 && Math.abs(this.#u - (n * m) / 2) > CRITICAL * Math.sqrt(variance);
  }

  #move(bin: number, by: 1 | -1): void {
    const equal = (this.#sample[bin] ?? 0) + (this.#counts[bin] ?? 0);
    this.#ties += (equal + by) ** 3 - (equal + by) - (equal ** 3 - equal);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + by;
    this.#u += by * (this.#ranks[bin] ?? 0);
  }
}

/** Histograms of a model's four metrics. */
export class MetricCounts {
  readonly confidence: Int32Array = new Int32Array(10_001);
  readonly label: Int32Array = new Int32Array(3);
  readonly error: Int32Array = new Int32Array(2);
  readonly latency: Int32Array = new Int32Array(4001);

  add(answer: Answer): void {
    eachMetric(answer, (metric, bin) => {
      const counts = this[metric];
      counts[bin] = (counts[bin] ?? 0) + 1;
    });
  }
}

type Metric = "confidence" | "label" | "error" | "latency";

function eachMetric(
  { predicts, label, confidence, latency }: Answer,
  take: (metric: Metric, bin: number) => void,
): void {
  take("error", predicts ? 0 : 1);
  if (!predicts) return;
  take("label", ORDER[label]);
  take("confidence", confidence);
  take("latency", Math.min(4000, latency));
}

/** Whether the newest answers differ from the baseline's in any of four metrics, with one Mann-Whitney test each. */
export class MannWhitney {
  readonly #metrics: Readonly<Record<Metric, RankSum>>;

  constructor({ confidence, label, error, latency }: MetricCounts, size: number) {
    const of = (sample: Int32Array): RankSum => new RankSum(sample, size);
    this.#metrics = { confidence: of(confidence), label: of(label), error: of(error), latency: of(latency) };
  }

  add(answer: Answer): void {
    eachMetric(answer, (metric, bin) => {
      this.#metrics[metric].add(bin);
    });
  }

  isDifferent(): boolean {
    const { confidence, label, error, latency } = this.#metrics;
    return confidence.isDifferent() || label.isDifferent() || error.isDifferent() || latency.isDifferent();
  }
}
