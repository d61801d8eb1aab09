import { ModelError, type ActivePrediction, type InactivePrediction } from "../../src/index.js";

const FACTS = { artifactSha256: null, featureDim: null };

export function active<Label extends string>(
  model: string,
  action: Label,
  confidence: number,
): ActivePrediction<Label> {
  return { status: "active", model, action, confidence, latencyMs: 1, ...FACTS };
}

export function inactive(model: string): InactivePrediction {
  return {
    status: "inactive",
    model,
    reason: "timeout",
    error: new ModelError("timeout", "No answer"),
    latencyMs: null,
    ...FACTS,
  };
}
