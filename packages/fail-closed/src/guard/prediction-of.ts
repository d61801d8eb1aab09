import type { Prediction } from "../prediction.js";
import type { Identity } from "./loaded.js";
import type { CheckedAnswer } from "./read-answer.js";
import type { Timed } from "./timed-calls.js";

/** The prediction for one answer, or for the reason why there is none. Frozen: listeners see what the caller sees. */
export function predictionOf<Label extends string>(
  { name, features, artifactSha256 }: Identity<Label>,
  timed: Timed<CheckedAnswer<Label>>,
): Prediction<Label> {
  const facts = { model: name, artifactSha256, featureDim: features.length === 0 ? null : features.length };
  if ("error" in timed) {
    const { error, ms } = timed;
    return Object.freeze({ status: "inactive" as const, reason: error.code, error, latencyMs: ms, ...facts });
  }
  const { value, ms } = timed;
  return Object.freeze({
    status: "active" as const,
    action: value.label,
    confidence: value.confidence,
    latencyMs: ms,
    ...facts,
  });
}
