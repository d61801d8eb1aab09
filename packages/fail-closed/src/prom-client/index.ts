import { rules, type Rule } from "@qsc/contract";
import {
  Counter,
  Gauge,
  Histogram,
  register as globalRegister,
  type OpenMetricsContentType,
  type Registry,
} from "prom-client";
import { checkedOptions, countRule, must, refuse } from "../guard/options.js";
import { BoundedModels, DEFAULT_MAX_MODELS, OTHER } from "../metrics/bounded-models.js";
import { DURATION_BUCKETS, reasonOf, secondsOf } from "../metrics/measured.js";
import { ModelStates } from "../metrics/model-states.js";
import type { ModelEvent } from "../model.js";

/** Where the metrics go, and how many series there may be. */
export interface PromClientOptions {
  /** The registry that the metrics are added to; default: the global one of prom-client. */
  readonly register?: Registry | Registry<OpenMetricsContentType>;
  /**
   * How many models get series of their own; default 100. The models beyond share the label `(other)`, whose
   * `qsc_model_active` is 0.
   */
  readonly maxModels?: number;
}

const RULES: Readonly<Record<keyof PromClientOptions, Rule>> = {
  register: rules.optional(must(isRegister, "a registry of prom-client")),
  maxModels: rules.optional(countRule),
};

const NAMES = {
  predictions: "qsc_model_predictions_total",
  failures: "qsc_model_failures_total",
  duration: "qsc_model_prediction_duration_seconds",
  active: "qsc_model_active",
  info: "qsc_model_info",
} as const;

/**
 * A listener for `onEvent` that keeps metrics with prom-client. Give one listener to all models of a registry:
 *
 * - `qsc_model_predictions_total{model, status}`: predictions, `active` or `inactive`
 * - `qsc_model_failures_total{model, reason}`: inactive predictions by their reason
 * - `qsc_model_prediction_duration_seconds{model}`: a histogram of the predictor's time alone
 * - `qsc_model_active{model}`: 1 while the model can serve, 0 while it cannot; missing before its first event
 * - `qsc_model_info{model, artifact_sha256}`: always 1, for the artefact that was loaded last
 *
 * No other label is ever set: symbols and features are not.
 * @throws QscError `invalid_option` for an option, or if the registry already has metrics of these names
 */
export function promClientMetrics(given: PromClientOptions = {}): (event: ModelEvent) => void {
  const { register = globalRegister, maxModels = DEFAULT_MAX_MODELS } = checkedOptions(given, RULES);
  const taken = Object.values(NAMES).find((name) => register.getSingleMetric(name) !== undefined);
  if (taken !== undefined)
    refuse(`register already has ${taken}: make one listener, and give it to every model of this registry.`);
  const metrics = metricsIn(register);
  const models = new BoundedModels(maxModels);
  const states = new ModelStates();
  return (event) => {
    const model = models.labelOf(event.model);
    const formerArtifact = states.artifacts.get(model);
    states.take(model, event);
    const isActive = states.active.get(model);
    if (isActive !== undefined) metrics.active.set({ model }, isActive ? 1 : 0);
    const artifact = states.artifacts.get(model);
    if (artifact !== formerArtifact) {
      if (formerArtifact !== undefined) metrics.info.remove({ model, artifact_sha256: formerArtifact });
      if (artifact !== undefined) metrics.info.set({ model, artifact_sha256: artifact }, 1);
    }
    if (event.kind !== "prediction") return;
    const { prediction } = event;
    const reason = reasonOf(prediction, OTHER);
    metrics.predictions.inc({ model, status: reason === null ? "active" : "inactive" });
    if (reason !== null) metrics.failures.inc({ model, reason });
    const seconds = secondsOf(prediction);
    if (seconds !== null) metrics.duration.observe({ model }, seconds);
  };
}

interface Metrics {
  readonly predictions: Counter<"model" | "status">;
  readonly failures: Counter<"model" | "reason">;
  readonly duration: Histogram<"model">;
  readonly active: Gauge<"model">;
  readonly info: Gauge<"model" | "artifact_sha256">;
}

function metricsIn(register: Exclude<PromClientOptions["register"], undefined>): Metrics {
  const registers = [register];
  return {
    predictions: new Counter({
      name: NAMES.predictions,
      help: "Predictions by model, and whether there was an answer",
      labelNames: ["model", "status"],
      registers,
    }),
    failures: new Counter({
      name: NAMES.failures,
      help: "Predictions without an answer, by model and reason",
      labelNames: ["model", "reason"],
      registers,
    }),
    duration: new Histogram({
      name: NAMES.duration,
      help: "Time of the predictor alone",
      labelNames: ["model"],
      buckets: [...DURATION_BUCKETS],
      registers,
    }),
    active: new Gauge({
      name: NAMES.active,
      help: "1 while the model can serve, 0 while it cannot",
      labelNames: ["model"],
      registers,
    }),
    info: new Gauge({
      name: NAMES.info,
      help: "Always 1; the labels name the artefact that was loaded last",
      labelNames: ["model", "artifact_sha256"],
      registers,
    }),
  };
}

function isRegister(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { getSingleMetric, registerMetric } = value as Partial<Registry>;
  return typeof getSingleMetric === "function" && typeof registerMetric === "function";
}
