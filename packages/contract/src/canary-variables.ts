import type { WeightsByModel } from "./canary.js";

/** What the name of each variable of a canary begins with; no other variable of an engine does. */
export const CANARY_PREFIX = "QSC_CANARY_";

/** The variables that put a canary's weights in force: a drop-in sets all of them, and an engine reads them at its start. */
export const CANARY_VARIABLES = {
  model: "QSC_CANARY_MODEL",
  weight: "QSC_CANARY_WEIGHT",
  weights: "QSC_CANARY_WEIGHTS",
} as const;

/** The environment that makes an engine serve the canary. */
export function canaryEnvironment({
  model,
  weights,
}: {
  readonly model: string;
  readonly weights: WeightsByModel;
}): ReadonlyMap<string, string> {
  return new Map([
    [CANARY_VARIABLES.model, model],
    [CANARY_VARIABLES.weight, String(weights[model])],
    [CANARY_VARIABLES.weights, JSON.stringify(weights)],
  ]);
}
