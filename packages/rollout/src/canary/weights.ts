import { QscError, rules, type CanaryShare, type WeightsByModel } from "@qsc/contract";
import { shareRule, weightsRule } from "../requests.js";

/** Digits behind the point that a weight is written with. */
const DIGITS = 9;

/**
 * The weights of a canary: the model has its share, the others share the rest in the proportions that they had.
 * @throws QscError `invalid_weights` where the model has no weight of its own, or no other model is there to share the rest
 */
export function canaryWeights(baseline: WeightsByModel, model: string, share: CanaryShare): WeightsByModel {
  weightsRule(baseline, "baseline");
  rules.anyText(model, "model");
  shareRule(share, "share");
  if (!Object.hasOwn(baseline, model)) {
    throw new QscError("invalid_weights", `Model '${model}' is not among those that the engine gives a weight: ${Object.keys(baseline).join(", ")}.`);
  }
  const others = Object.entries(baseline).filter(([name]) => name !== model);
  const rest = others.reduce((sum, [, weight]) => sum + weight, 0);
  if (share < 1 && rest <= 0) {
    throw new QscError("invalid_weights", `No model but '${model}' has a weight in the baseline, so none can take the other ${Math.round((1 - share) * 100)} %.`);
  }
  const scaled = others.map(([name, weight]): [string, number] => [name, share === 1 ? 0 : rounded((weight / rest) * (1 - share))]);
  const [largest] = scaled.toSorted(([, a], [, b]) => b - a);
  // Exactly the share that was asked for, and exactly 1 in all: the largest of the others takes what rounding leaves.
  if (largest !== undefined && share < 1) largest[1] = rounded(largest[1] + 1 - share - scaled.reduce((sum, [, weight]) => sum + weight, 0));
  return Object.fromEntries([...scaled, [model, share]]);
}

/** `xgb 0.3, patchtst 0.1`. */
export function describeWeights(weights: WeightsByModel): string {
  return Object.entries(weights).map(([model, weight]) => `${model} ${rounded(weight)}`).join(", ");
}

function rounded(weight: number): number {
  return Number(weight.toFixed(DIGITS));
}
