import { CHECKS } from "../checks/table.js";

/** The ids that a policy's own checks may not take. */
export const BUILT_IN_CHECKS: ReadonlySet<string> = new Set([
  ...CHECKS.map(({ id }) => id),
  "insufficient_data",
  "invalid_confidence",
  "unknown_label",
  "mixed_artifact",
  "model_silence",
  "stale_features",
  "rejected_events",
  "duplicate_events",
  "telemetry_silence",
  "stream_gap",
  "clock_skew",
  "feature_not_finite",
  "mixed_build",
  "engine_restarts",
  "weights_mismatch",
  "agreement",
  "hard_disagreement",
]);
