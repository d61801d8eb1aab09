import { MODEL_ERROR_CODES } from "../errors.js";
import type { Prediction } from "../prediction.js";

/** Upper ends of the buckets of durations, in seconds: 50 us to 1 s, the default time limit. */
export const DURATION_BUCKETS: readonly number[] = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];

const REASONS: ReadonlySet<string> = new Set(MODEL_ERROR_CODES);

/**
 * The reason of an inactive prediction, null of an active one.
 * @param other what stands for a code that is not known: a predictor may throw any
 */
export function reasonOf(prediction: Prediction, other: string): string | null {
  if (prediction.status === "active") return null;
  return REASONS.has(prediction.reason) ? prediction.reason : other;
}

/** How long the predictor took, in seconds; null if it was not called. */
export function secondsOf({ latencyMs }: Prediction): number | null {
  return latencyMs === null ? null : latencyMs / 1000;
}
