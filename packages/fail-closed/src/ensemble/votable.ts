import { ModelError } from "../errors.js";
import { asModelError } from "../guard/as-model-error.js";
import { readAnswer } from "../guard/read-answer.js";
import type { ActivePrediction, InactivePrediction, Prediction } from "../prediction.js";
import { shown } from "../words.js";

/**
 * Checks a prediction for voting. A prediction that claims to be active without a label or a confidence in [0, 1]
 * becomes inactive, `output_invalid`; so does one that is neither active nor inactive. Each member is read once.
 * @param labels every label that may be voted for; any text if omitted
 */
export function votable<Label extends string>(
  model: string,
  prediction: Prediction<Label>,
  labels: ReadonlySet<Label> | null = null,
): Prediction<Label> {
  try {
    const { status }: { readonly status: unknown } = prediction;
    if (status === "inactive") return prediction;
    if (status !== "active") throw new ModelError("output_invalid", `Prediction has the status ${shown(status)}`);
    return checked(model, prediction as ActivePrediction<Label>, labels);
  } catch (thrown) {
    return withoutVote(model, asModelError(thrown, "output_invalid", "Prediction cannot be read"), prediction);
  }
}

/**
 * A copy: a getter or a prototype may return something else next time, and the checked values must be the ones that
 * vote.
 */
function checked<Label extends string>(
  model: string,
  { action, confidence, latencyMs, artifactSha256, featureDim }: ActivePrediction<Label>,
  labels: ReadonlySet<Label> | null,
): ActivePrediction<Label> {
  const isText = typeof action === "string" && (action as string) !== "";
  const answer = readAnswer({ label: action, confidence }, labels ?? new Set(isText ? [action] : []));
  const facts = { latencyMs, artifactSha256, featureDim };
  return { status: "active", model, action: answer.label, confidence: answer.confidence, ...facts };
}

/** A prediction that does not vote, with the reason. */
export function withoutVote(model: string, error: ModelError, of?: Prediction): InactivePrediction {
  return { status: "inactive", model, reason: error.code, error, ...factsOf(of) };
}

/** The other facts of a prediction, as far as they can be read. */
function factsOf(of: Prediction | undefined): Pick<InactivePrediction, "latencyMs" | "artifactSha256" | "featureDim"> {
  const nothing = { latencyMs: null, artifactSha256: null, featureDim: null };
  try {
    const { latencyMs, artifactSha256, featureDim } = of ?? nothing;
    return { latencyMs, artifactSha256, featureDim };
  } catch {
    return nothing;
  }
}
