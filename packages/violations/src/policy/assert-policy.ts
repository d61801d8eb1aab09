import { invalidOption, REQUIREMENTS, rules, type Policy, type Rule } from "@qsc/contract";
import { CHECK_IDS } from "../checks/registry.js";
import { labelsRule } from "./labels-rule.js";
import { LIMIT_RULES, type LimitRule } from "./limits.js";

const { allOf, closed, count, listOf, numberWithin, oneOf, optional, recordOf, someText } = rules;

/**
 * A complete policy, built by hand or read from a file. It must have every limit, each a number in its range, and no
 * others: a limit that is missing, misspelt or NaN would never be violated. `parsePolicy` ensures that a file only
 * tightens limits.
 */
export const policyRule: Rule = closed({
  limits: closed(Object.fromEntries(Object.entries(LIMIT_RULES).map(([key, rule]) => [key, rangeOf(rule)]))),
  labels: labelsRule,
  minEvents: closed({ collection: count, canary: count }),
  confidence: recordOf(oneOf("probability", "logit")),
  require: listOf(oneOf(...REQUIREMENTS)),
  segments: optional(closed({ by: oneOf("symbol") })),
  checks: allOf(listOf(closed({ id: someText, violatedWhen: someText })), ownNames),
});

/** A share above 1 must be a percentage by mistake: nothing would ever exceed it. */
function rangeOf({ violatedWhen, unit }: LimitRule): Rule {
  return unit === "share" && violatedWhen === "above" ? numberWithin(0, 1) : rules.atLeastZero;
}

function ownNames(value: unknown, name: string): void {
  const ids = (value as Policy["checks"]).map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    if (CHECK_IDS.has(id) || ids.indexOf(id) !== index)
      throw invalidOption(`${name}[${index}].id`, id, "a name that no other check has");
  }
}
