import { rules, type ConfidenceScale, type Labels, type Policy, type Rule } from "@qsc/contract";
import { labelsOptionRule } from "../policy/labels-rule.js";

/** How to read a model's answers. */
export interface Reading {
  readonly labels: Labels;
  readonly scale: ConfidenceScale;
  /** Whether to keep confidences by label too, which only a diagnosis uses. Default true. */
  readonly byLabel?: boolean;
}

/** How a policy says that a model writes its confidence. */
export function scaleOf(policy: Pick<Policy, "confidence">, model: string): ConfidenceScale {
  rules.anyText(model, "model");
  return Object.hasOwn(policy.confidence, model) ? (policy.confidence[model] ?? "probability") : "probability";
}

export const readingRule: Rule = rules.shaped({
  labels: labelsOptionRule,
  scale: rules.oneOf("probability", "logit"),
  byLabel: rules.optional(rules.flag),
});
