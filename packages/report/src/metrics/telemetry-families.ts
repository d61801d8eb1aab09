import type { WeightsByModel } from "@qsc/contract";
import type { Family, Sample } from "./exposition.js";
import { capped, family, single } from "./family.js";
import { LATENCY_BUCKETS, MOST_MODELS, type TelemetryTally } from "./tally.js";

/** What is known of the telemetry. Null is unknown. */
export interface MeasuredTelemetry {
  /** What arrived; null if it is not counted. */
  readonly tally: TelemetryTally | null;
  /** Null before the first attempt to read has ended. */
  readonly up: boolean | null;
  readonly outageSeconds: number | null;
  readonly newestDecisionMs: number | null;
  /** The weights that the newest decision reports; null if it reports none. */
  readonly weights: WeightsByModel | null;
}

/** The telemetry as a whole. */
export function telemetryFamilies(telemetry: MeasuredTelemetry | null): readonly Family[] {
  const { tally = null } = telemetry ?? {};
  const up = telemetry?.up ?? null;
  return [
    single(
      "telemetry_up",
      "gauge",
      "1 while the telemetry can be read, 0 while it cannot.",
      up === null ? null : Number(up),
    ),
    single(
      "telemetry_outage_seconds",
      "gauge",
      "How long the telemetry could not be read until now; 0 while it can be.",
      telemetry?.outageSeconds ?? null,
    ),
    single(
      "telemetry_newest_decision_timestamp_seconds",
      "gauge",
      "When the newest decision that was seen was published.",
      telemetry === null || telemetry.newestDecisionMs === null ? null : telemetry.newestDecisionMs / 1000,
    ),
    single(
      "telemetry_decisions_total",
      "counter",
      "Decisions that arrived since this process started.",
      tally?.decisions ?? null,
    ),
    family("telemetry_rejected_entries_total", "counter", "Entries that could not be read, by reason.", [
      ...[...(tally?.rejected ?? [])].map(([reason, value]) => ({ labels: { reason }, value })),
    ]),
    single(
      "telemetry_models_omitted",
      "gauge",
      `Models beyond the first ${MOST_MODELS}, which these metrics leave out.`,
      tally?.omitted ?? null,
    ),
  ];
}

/** Each model of the telemetry. */
export function modelFamilies(telemetry: MeasuredTelemetry | null): readonly Family[] {
  const models = [...(telemetry?.tally?.models ?? [])];
  return [
    family("model_weight_ratio", "gauge", "The weight that the newest decision gives a model.", [
      ...capped(Object.entries(telemetry?.weights ?? {}).map(([model, value]) => ({ labels: { model }, value }))),
    ]),
    family(
      "model_predictions_total",
      "counter",
      "Predictions that arrived since this process started, by model.",
      models.map(([model, { predictions }]) => ({ labels: { model }, value: predictions })),
    ),
    family(
      "model_non_predictions_total",
      "counter",
      "Answers that are not predictions, by model and reason.",
      models.flatMap(([model, { nonPredictions }]) =>
        [...nonPredictions].map(([reason, value]) => ({ labels: { model, reason }, value })),
      ),
    ),
    family(
      "model_latency_seconds",
      "histogram",
      "How long a model took to answer, as the telemetry says.",
      models.flatMap(([model, { latency }]) => latencySamples(model, latency)),
    ),
  ];
}

function latencySamples(
  model: string,
  { buckets, sum, count }: { readonly buckets: readonly number[]; readonly sum: number; readonly count: number },
): readonly Sample[] {
  if (count === 0) return [];
  return [
    ...LATENCY_BUCKETS.map((upper, index) => ({
      suffix: "_bucket",
      labels: { model, le: String(upper) },
      value: buckets[index] ?? null,
    })),
    { suffix: "_bucket", labels: { model, le: "+Inf" }, value: count },
    { suffix: "_sum", labels: { model }, value: sum },
    { suffix: "_count", labels: { model }, value: count },
  ];
}
