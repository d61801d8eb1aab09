import { ModelError, type ModelErrorCode } from "../errors.js";
import { asModelError } from "../guard/as-model-error.js";
import { readAnswer } from "../guard/read-answer.js";
import type { InactivePrediction, Prediction } from "../prediction.js";
import { shown } from "../words.js";

/**
 * A prediction as it may vote: itself, or, where it says that it is active and holds no label and confidence in [0, 1], an
 * inactive one, `output_invalid`. What is neither active nor inactive is inactive too. Each member is read once.
 * @param labels every label that may be voted for; any text if left out
 */
export function votable<Label extends string>(model: string, prediction: Prediction<Label>, labels: ReadonlySet<Label> | null = null): Prediction<Label> {
  try {
    const given: unknown = prediction;
    if (typeof given !== "object" || given === null) return withoutVote(model, new ModelError("output_invalid", `Prediction is ${shown(given)}`));
    const { status } = prediction;
    if (status === "inactive") return prediction;
    if (status !== "active") return withoutVote(model, new ModelError("output_invalid", `Prediction has the status ${shown(status)}`), prediction);
    const { action, confidence } = prediction;
    const known = labels ?? new Set(typeof action === "string" && (action as string) !== "" ? [action] : []);
    const answer = readAnswer({ label: action, confidence }, known);
    const isAsRead = prediction.action === answer.label && prediction.confidence === answer.confidence;
    return isAsRead ? prediction : { ...prediction, action: answer.label, confidence: answer.confidence };
  } catch (thrown) {
    return withoutVote(model, asModelError(thrown, "output_invalid", "Prediction cannot be read"), prediction);
  }
}

/** A prediction that takes no part in the vote, and why. */
export function withoutVote(model: string, error: ModelError, of?: Prediction): InactivePrediction {
  return { status: "inactive", model, reason: error.code satisfies ModelErrorCode, error, ...factsOf(of) };
}

function factsOf(of: Prediction | undefined): Pick<InactivePrediction, "latencyMs" | "artifactSha256" | "featureDim"> {
  try {
    const { latencyMs = null, artifactSha256 = null, featureDim = null } = of ?? {};
    return { latencyMs, artifactSha256, featureDim };
  } catch {
    return { latencyMs: null, artifactSha256: null, featureDim: null };
  }
}
