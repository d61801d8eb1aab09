import type { Attributes, Meter } from "@opentelemetry/api";
import { rules, type Rule } from "@qsc/contract";
import { checkedOptions, countRule, must } from "../guard/options.js";
import { BoundedModels, DEFAULT_MAX_MODELS } from "../metrics/bounded-models.js";
import { DURATION_BUCKETS, reasonOf, secondsOf } from "../metrics/measured.js";
import { ModelStates } from "../metrics/model-states.js";
import type { ModelEvent } from "../model.js";

/** Which meter counts, and how many series there may be. */
export interface OpenTelemetryOptions {
  /** A meter, such as `metrics.getMeter("my-engine")` of `@opentelemetry/api`. */
  readonly meter: Meter;
  /**
   * How many models get series of their own; default 100. The models beyond share the name `(other)`, whose
   * `qsc.model.active` is 0.
   */
  readonly maxModels?: number;
}

const RULES: Readonly<Record<keyof OpenTelemetryOptions, Rule>> = {
  meter: must(isMeter, 'a meter of OpenTelemetry, such as metrics.getMeter("my-engine")'),
  maxModels: rules.optional(countRule),
};

/** What the conventions of OpenTelemetry call an error that has no name in a closed list. */
const OTHER_ERROR = "_OTHER";

/**
 * A listener for `onEvent` that keeps metrics with OpenTelemetry. Give one listener to all models of a meter:
 *
 * - `qsc.model.predictions`: a counter of predictions. The attribute `error.type` is the reason of one without an
 *   answer; an answer does not have it
 * - `qsc.model.prediction.duration`: a histogram of the predictor's time alone, in seconds
 * - `qsc.model.active`: a gauge, 1 while the model can serve, 0 while it cannot; missing before its first event
 *
 * Every one has the attribute `qsc.model.name`. No other attribute is ever set: symbols and features are not.
 * The meter's instruments come from the caller: this entry loads no library.
 * @throws QscError `invalid_option`
 */
export function openTelemetryMetrics(given: OpenTelemetryOptions): (event: ModelEvent) => void {
  const { meter, maxModels = DEFAULT_MAX_MODELS } = checkedOptions(given, RULES);
  const predictions = meter.createCounter("qsc.model.predictions", {
    description: "Predictions; those without an answer have the reason as error.type",
    unit: "{prediction}",
  });
  const duration = meter.createHistogram("qsc.model.prediction.duration", {
    description: "Time of the predictor alone",
    unit: "s",
    advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
  });
  const active = meter.createObservableGauge("qsc.model.active", {
    description: "1 while the model can serve, 0 while it cannot",
    unit: "1",
  });
  const models = new BoundedModels(maxModels);
  const states = new ModelStates();
  active.addCallback((result) => {
    for (const [model, isActive] of states.active) result.observe(isActive ? 1 : 0, attributesOf(model));
  });
  return (event) => {
    const model = models.labelOf(event.model);
    states.take(model, event);
    if (event.kind !== "prediction") return;
    const { prediction } = event;
    const reason = reasonOf(prediction, OTHER_ERROR);
    predictions.add(1, { ...attributesOf(model), ...(reason !== null && { "error.type": reason }) });
    const seconds = secondsOf(prediction);
    if (seconds !== null) duration.record(seconds, attributesOf(model));
  };
}

function attributesOf(model: string): Attributes {
  return { "qsc.model.name": model };
}

function isMeter(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { createCounter, createHistogram, createObservableGauge } = value as Partial<Meter>;
  return [createCounter, createHistogram, createObservableGauge].every((method) => typeof method === "function");
}
