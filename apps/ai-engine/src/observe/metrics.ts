import type { Prediction } from "@qsc/fail-closed";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Upper ends of the latency histogram's buckets, in seconds: 50 us to 1 s. */
const LATENCY_BUCKETS = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** The engine's metrics, all named `ai_engine_...`. */
export class Metrics {
  readonly registry: Registry = new Registry();

  readonly #predictions = this.#counter("predictions_total", "Predictions by model and status", ["model", "status"]);
  readonly #inactive = this.#counter("inactive_total", "Answers that were not predictions, by model and reason", [
    "model",
    "reason",
  ]);
  readonly #latency = new Histogram({
    name: "ai_engine_prediction_latency_seconds",
    help: "Latency of the predictor alone",
    labelNames: ["model"],
    buckets: LATENCY_BUCKETS,
    registers: [this.registry],
  });
  readonly active: Gauge = this.#gauge("model_active", "1 while the model can serve", ["model"]);
  readonly weight: Gauge = this.#gauge("model_weight", "Voting weight of the model", ["model"]);
  readonly decisions: Counter = this.#counter("decisions_total", "Decisions by side", ["side"]);
  readonly withheld: Counter = this.#counter("signals_withheld_total", "Decisions that are not traded, by reason", [
    "reason",
  ]);
  readonly rejectedFeatures: Counter = this.#counter(
    "rejected_features_total",
    "Rows of features that could not be read, by reason",
    ["reason"],
  );
  readonly refusedFeatures: Counter = this.#counter(
    "refused_features_total",
    "Rows of features that were not decided on, by reason",
    ["reason"],
  );
  readonly unusableFeatures: Counter = this.#counter(
    "unusable_features_total",
    "Rows of features that could not be read, or that no model could use",
    [],
  );
  readonly featureGaps: Counter = this.#counter(
    "feature_gaps_total",
    "Losses of features before they were read, by kind",
    ["kind"],
  );
  readonly featureMaxAge: Gauge = this.#gauge(
    "feature_max_age_seconds",
    "Age beyond which a row of features is refused",
    [],
  );
  readonly feedLag: Gauge = this.#gauge(
    "feed_lag_seconds",
    "Age of the newest row of features when it was decided on",
    [],
  );
  readonly published: Counter = this.#counter(
    "intents_published_total",
    "Decisions that are known to be published",
    [],
  );
  readonly dropped: Counter = this.#counter(
    "intents_dropped_total",
    "Decisions that were lost: the buffer was full, no reader would accept them, or the engine ended",
    [],
  );
  readonly buffered: Gauge = this.#gauge("intents_buffered", "Decisions that are not known to be published", []);
  readonly waiting: Gauge = this.#gauge(
    "intents_waiting_seconds",
    "How long the oldest decision not known to be published has waited",
    [],
  );
  readonly ahead: Gauge = this.#gauge(
    "intents_ahead_seconds",
    "How far the newest ID of a decision is ahead of this host's clock, if that is too far; otherwise 0",
    [],
  );
  readonly listenerErrors: Counter = this.#counter(
    "listener_errors_total",
    "The engine's own listeners that threw or rejected, each counted once",
    ["listener"],
  );
  readonly build: Gauge = this.#gauge("build_info", "Always 1; the labels name build and boot", ["build", "boot_id"]);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.dropped.inc(0);
    this.published.inc(0);
    this.unusableFeatures.inc(0);
  }

  prediction(prediction: Prediction): void {
    const { model, status, latencyMs } = prediction;
    this.#predictions.inc({ model, status });
    if (status === "inactive") this.#inactive.inc({ model, reason: prediction.reason });
    if (latencyMs !== null) this.#latency.observe({ model }, latencyMs / 1000);
  }

  #counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({ name: `ai_engine_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
    return new Gauge({ name: `ai_engine_${name}`, help, labelNames, registers: [this.registry] });
  }
}
