import { CANARY_SHARES, QscError, rules, type CanaryShare, type Rule, type WeightsByModel } from "@qsc/contract";

const { anyText, atLeastZero, recordOf, ruleOf } = rules;

/** Voting weights by model, as an engine reports them. */
const weightsRule: Rule = recordOf(atLeastZero);
const shareRule: Rule = ruleOf((share) => CANARY_SHARES.includes(share as never), CANARY_SHARES.join(", "));

/** Decimal places of a written weight. */
const DIGITS = 9;

/**
 * The weights of a canary: the model gets its share, and the others split the rest in their old proportions. A model
 * without a weight in the baseline, such as a shadow, is one with weight 0.
 * @throws QscError `invalid_weights` if no other model can take the rest
 */
export function canaryWeights(baseline: WeightsByModel, model: string, share: CanaryShare): WeightsByModel {
  weightsRule(baseline, "baseline");
  anyText(model, "model");
  shareRule(share, "share");
  const others = Object.entries(baseline).filter(([name]) => name !== model);
  const rest = others.reduce((sum, [, weight]) => sum + weight, 0);
  if (share < 1 && rest <= 0) {
    throw new QscError(
      "invalid_weights",
      `Only '${model}' has a weight in the baseline, so no other model can take the other ${Math.round((1 - share) * 100)} %.`,
    );
  }
  const scaled = others.map(([name, weight]): [string, number] => [
    name,
    share === 1 ? 0 : rounded((weight / rest) * (1 - share)),
  ]);
  const [largest] = scaled.toSorted(([, a], [, b]) => b - a);
  // Exactly the requested share, and exactly 1 in total: the largest of the others absorbs the rounding.
  if (largest !== undefined && share < 1)
    largest[1] = rounded(largest[1] + 1 - share - scaled.reduce((sum, [, weight]) => sum + weight, 0));
  return Object.fromEntries([...scaled, [model, share]]);
}

/** `xgb 0.3, patchtst 0.1`. */
export function describeWeights(weights: WeightsByModel): string {
  return Object.entries(weights)
    .map(([model, weight]) => `${model} ${rounded(weight)}`)
    .join(", ");
}

function rounded(weight: number): number {
  return Number(weight.toFixed(DIGITS));
}
