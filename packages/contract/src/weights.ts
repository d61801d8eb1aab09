import type { WeightsByModel } from "./canary.js";
import type { EngineIdentity } from "./telemetry.js";

/**
 * How far two statements of one weight may differ, and how far a sum of weights may be from 1: 1e-6, plus the
 * rounding of the sum, so that three times 0.333333 is 1. People and programs write weights with six digits.
 */
export const WEIGHT_TOLERANCE: number = 1e-6 + 1e-12;

/** Whether two numbers state the same weight. NaN is not a weight. */
export function isSameWeight(one: number, other: number): boolean {
  return Math.abs(one - other) <= WEIGHT_TOLERANCE;
}

/** Whether two sets of weights are the same, model by model. A model that is not named has weight 0. */
export function sameWeights(one: WeightsByModel, other: WeightsByModel): boolean {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((model) =>
    isSameWeight(weightOf(one, model), weightOf(other, model)),
  );
}

/**
 * How the weights that an engine publishes contradict themselves or the canary beside them, in words; null when they
 * agree. Where every weight is 0, no model votes, and yet there was a decision.
 */
export function weightsContradiction({ weights, canary }: Pick<EngineIdentity, "weights" | "canary">): string | null {
  if ([...weights.values()].every((weight) => weight === 0)) return "every weight is 0, so that no model votes";
  if (canary === null) return null;
  const { model, weight } = canary;
  const weighed = weights.get(model);
  if (weighed === undefined) return `the canary ${model} has no weight`;
  return isSameWeight(weighed, weight)
    ? null
    : `the canary ${model} has the weight ${weight}, and among the weights ${weighed}`;
}

function weightOf(weights: WeightsByModel, model: string): number {
  return Object.hasOwn(weights, model) ? (weights[model] ?? Number.NaN) : 0;
}
