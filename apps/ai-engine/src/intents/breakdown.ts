import type { BreakdownV2, WireAnswerV2 } from "@qsc/contract";
import type { Prediction } from "@qsc/fail-closed";

/** A longer error text is cut. */
const LONGEST_ERROR = 300;

/** The entry field `model_breakdown`: what each model answered, with or without a vote, or why it did not. */
export function breakdownOf(predictions: readonly Prediction[], shadows: ReadonlySet<string>): BreakdownV2 {
  return Object.fromEntries(
    predictions.map((prediction) => [prediction.model, answerOf(prediction, shadows.has(prediction.model))]),
  );
}

function answerOf(prediction: Prediction, isShadow: boolean): WireAnswerV2 {
  const artifact = { artifact_sha256: prediction.artifactSha256, feature_dim: prediction.featureDim };
  if (prediction.status === "active") {
    const { action, confidence, latencyMs } = prediction;
    return { status: isShadow ? "shadow" : "active", action, confidence, latency_ms: latencyMs, ...artifact };
  }
  const { reason, error, latencyMs } = prediction;
  return {
    status: "inactive",
    inactive_reason: reason,
    error: error.message.slice(0, LONGEST_ERROR),
    latency_ms: latencyMs,
    ...artifact,
  };
}
