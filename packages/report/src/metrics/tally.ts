import type { Intent, ModelReading, Rejection, RejectionReason } from "@qsc/contract";

/** At most this many models, and of each this many reasons, are told apart: names come from the telemetry. */
export const MOST_MODELS = 32;
const MOST_REASONS = 12;
/** What is counted beyond that. */
const OTHER = "other";
/** A reason is cut to this many characters. */
const LONGEST_REASON = 80;

/** Upper ends of the latency buckets, in seconds. */
export const LATENCY_BUCKETS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What one model has answered. */
export interface ModelTally {
  predictions: number;
  /** Answers that are not predictions, by reason. */
  readonly nonPredictions: Map<string, number>;
  readonly latency: { readonly buckets: number[]; sum: number; count: number };
}

/** Counts what arrives, from when it is made. Its size is bounded, whatever the telemetry has for names. */
export class TelemetryTally {
  decisions = 0;
  readonly rejected: Map<RejectionReason, number> = new Map<RejectionReason, number>();
  readonly models: Map<string, ModelTally> = new Map<string, ModelTally>();
  /** Models that were not counted, for there were too many. At most as many are remembered. */
  readonly #omitted = new Set<string>();

  get omitted(): number {
    return this.#omitted.size;
  }

  /** Counts an entry. */
  add(read: Intent | Rejection): void {
    if (read.kind === "rejected") {
      this.rejected.set(read.reason, (this.rejected.get(read.reason) ?? 0) + 1);
      return;
    }
    this.decisions += 1;
    for (const reading of read.models) this.#addReading(reading);
  }

  #addReading({ model, nonPrediction, latencyMs }: ModelReading): void {
    const tally = this.#tallyOf(model);
    if (tally === null) return;
    if (nonPrediction === null) tally.predictions += 1;
    else count(tally.nonPredictions, nonPrediction.slice(0, LONGEST_REASON));
    if (typeof latencyMs !== "number" || !(latencyMs >= 0)) return;
    const { latency } = tally;
    latency.sum += latencyMs / 1000;
    latency.count += 1;
    for (const [index, upper] of LATENCY_BUCKETS.entries()) {
      if (latencyMs / 1000 <= upper) latency.buckets[index] = (latency.buckets[index] ?? 0) + 1;
    }
  }

  /** The tally of a model; null if there are too many models. */
  #tallyOf(model: string): ModelTally | null {
    const known = this.models.get(model);
    if (known !== undefined) return known;
    if (this.models.size >= MOST_MODELS) {
      if (this.#omitted.size < MOST_MODELS) this.#omitted.add(model);
      return null;
    }
    const latency = { buckets: LATENCY_BUCKETS.map(() => 0), sum: 0, count: 0 };
    const fresh: ModelTally = { predictions: 0, nonPredictions: new Map(), latency };
    this.models.set(model, fresh);
    return fresh;
  }
}

function count(counts: Map<string, number>, reason: string): void {
  const key = counts.has(reason) || counts.size < MOST_REASONS ? reason : OTHER;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
