import type { ModelBaseline, Policy } from "@qsc/contract";
import { fisherExactGreater } from "@qsc/stats";
import type { Answer } from "../model-stream.js";
import { RankPointer } from "./rank-pointer.js";

const CONFIDENCES = 10_001;
/** Tenths of milliseconds up to two seconds. Longer latencies count as two seconds. */
const LATENCIES = 20_001;
const LATENCY_FLOOR_MS = 50;
const NONE: ReadonlySet<string> = new Set();

/**
 * The eight checks on the newest answers of one model, updated in constant time: exactly the runbook's point estimates.
 */
export class PointEstimates {
  readonly #limits: Policy["limits"];
  readonly #baseline: ModelBaseline;
  readonly #size: number;
  readonly #labels: Int8Array;
  readonly #confidences: Int16Array;
  readonly #latencies: Int16Array;
  readonly #byLabel = new Int32Array(3);
  readonly #byConfidence = new Int32Array(CONFIDENCES);
  readonly #byLatency = new Int32Array(LATENCIES);
  /** How many confidences were seen this often. */
  readonly #byCount: Int32Array;
  readonly #p10 = new RankPointer(this.#byConfidence);
  readonly #p90 = new RankPointer(this.#byConfidence);
  readonly #p95 = new RankPointer(this.#byLatency);
  #left: ReadonlySet<string> = NONE;
  #mode = 0;
  #n = 0;
  #predictions = 0;
  #sum = 0;
  #squares = 0;

  constructor(size: number, limits: Policy["limits"], baseline: ModelBaseline) {
    this.#size = size;
    this.#limits = limits;
    this.#baseline = baseline;
    this.#labels = new Int8Array(size);
    this.#confidences = new Int16Array(size);
    this.#latencies = new Int16Array(size);
    this.#byCount = new Int32Array(size + 2);
  }

  add({ predicts, label, confidence, latency }: Answer): void {
    const at = this.#n % this.#size;
    if (this.#n >= this.#size && this.#labels[at] !== -1) this.#remove(at);
    this.#n += 1;
    this.#labels[at] = predicts ? label : -1;
    if (!predicts) return;
    const bin = Math.min(latency, LATENCIES - 1);
    this.#confidences[at] = confidence;
    this.#latencies[at] = bin;
    this.#predictions += 1;
    this.#byLabel[label] = (this.#byLabel[label] ?? 0) + 1;
    this.#count(confidence, 1);
    this.#p10.added(confidence);
    this.#p90.added(confidence);
    this.#byLatency[bin] = (this.#byLatency[bin] ?? 0) + 1;
    this.#p95.added(bin);
  }

  /**
   * The first of the eight checks whose point estimate is now over its limit; null if there is none.
   * @param left limits that are left to other judges
   */
  violated(left: ReadonlySet<string> = NONE): string | null {
    this.#left = left;
    const n = this.#predictions;
    const answers = Math.min(this.#n, this.#size);
    if (answers > 0 && this.#exceeds("error_rate_spike.nonPredictionShare", (answers - n) / answers))
      return "error_rate_spike";
    if (n === 0) return null;
    const [buy = 0, sell = 0, hold = 0] = this.#byLabel;
    if (this.#exceeds("action_bias.tradingShare", Math.max(buy, sell) / n)) return "action_bias";
    if (this.#exceeds("dead_zone.neutralShare", hold / n)) return "dead_zone";
    if (this.#exceeds("action_collapse.largestShare", Math.max(buy, sell, hold) / n)) return "action_collapse";
    const std = Math.sqrt(Math.max(0, this.#squares / n - (this.#sum / n) ** 2)) / 10_000;
    const range = (this.#p90.at(0.9 * (n - 1)) - this.#p10.at(0.1 * (n - 1))) / 10_000;
    if (this.#isBelow("constant_output.std", std) || this.#isBelow("constant_output.range", range))
      return "constant_output";
    if (this.#isBelow("narrow_range.range", range)) return "narrow_range";
    if (this.#isBelow("confidence_collapse.std", std) || this.#exceeds("confidence_collapse.modeShare", this.#mode / n))
      return "confidence_collapse";
    const p95 = this.#p95.at(0.95 * (n - 1)) / 10;
    const before = this.#baseline.latencyP95Ms ?? Infinity;
    const isSlow =
      this.#exceeds("latency_spike.latencyP95", p95) ||
      (p95 > LATENCY_FLOOR_MS && this.#exceeds("latency_spike.latencyRatio", p95 / before));
    return isSlow ? "latency_spike" : null;
  }

  /** The same for the end of a watch, where "significantly above the baseline's error rate" is also tested, once. */
  objection(): string | null {
    const answers = Math.min(this.#n, this.#size);
    const { predictions, nonPredictions } = this.#baseline;
    const p =
      fisherExactGreater(answers - this.#predictions, answers, nonPredictions, predictions + nonPredictions) ?? 1;
    return p < this.#limit("error_rate_spike.errorRiseP") ? "error_rate_spike" : this.violated();
  }

  /** The P95 of the latencies, in milliseconds. */
  latencyP95(): number {
    return this.#p95.at(0.95 * (this.#predictions - 1)) / 10;
  }

  get predictions(): number {
    return this.#predictions;
  }

  #remove(at: number): void {
    const label = this.#labels[at] ?? 0;
    const confidence = this.#confidences[at] ?? 0;
    const latency = this.#latencies[at] ?? 0;
    this.#predictions -= 1;
    this.#byLabel[label] = (this.#byLabel[label] ?? 0) - 1;
    this.#count(confidence, -1);
    this.#p10.removed(confidence);
    this.#p90.removed(confidence);
    this.#byLatency[latency] = (this.#byLatency[latency] ?? 0) - 1;
    this.#p95.removed(latency);
  }

  #count(confidence: number, by: 1 | -1): void {
    const before = this.#byConfidence[confidence] ?? 0;
    const after = before + by;
    this.#byConfidence[confidence] = after;
    this.#byCount[before] = (this.#byCount[before] ?? 0) - 1;
    this.#byCount[after] = (this.#byCount[after] ?? 0) + 1;
    if (after > this.#mode) this.#mode = after;
    else if (this.#mode > 0 && (this.#byCount[this.#mode] ?? 0) <= 0) this.#mode -= 1;
    this.#sum += by * confidence;
    this.#squares += by * confidence * confidence;
  }

  #exceeds(key: string, value: number): boolean {
    return !this.#left.has(key) && value > this.#limit(key);
  }

  #isBelow(key: string, value: number): boolean {
    return !this.#left.has(key) && value < this.#limit(key);
  }

  #limit(key: string): number {
    return this.#limits[key] ?? Number.NaN;
  }
}
