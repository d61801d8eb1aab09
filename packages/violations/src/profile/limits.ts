import type { LabelSet, LaxerLimit, Profile } from "@qsc/contract";
import type { Limit } from "../checks/definition.js";
import { CHECKS } from "../checks/model/eight.js";
import { RECENT_COLLAPSE } from "../checks/model/rows.js";
import { limitKey } from "../checks/registry.js";
import { allLabels } from "../labels.js";
import { DEFAULT_POLICY } from "../policy/default.js";
import { profileLimitOf } from "../policy/limit-of.js";
import { isLaxer, LIMIT_RULES, type LimitRule } from "../policy/limits.js";
import { PREDICTION_ROWS } from "../checks/predictions/rows.js";

/** The limits that a profile may set: those of the checks of one model, and those of predictions alone. */
export const PROFILE_LIMITS: Readonly<Record<string, LimitRule>> = Object.fromEntries([
  ...CHECKS.flatMap((check) => check.anyOf.map((condition) => limitKey(check, condition))).map(
    (key) => [key, LIMIT_RULES[key]] as const,
  ),
  ...RECENT_COLLAPSE.limits
    .map(({ measure }) => `${RECENT_COLLAPSE.id}.${measure}` as const)
    .map((key) => [key, LIMIT_RULES[key]] as const),
  ...PREDICTION_ROWS.flatMap(({ id, limits }) =>
    (limits as readonly Limit[]).map(
      ({ measure, violatedWhen, limit, unit }) =>
        [`${id}.${measure}`, { value: limit, violatedWhen, ...(unit && { unit }) }] as const,
    ),
  ),
]);

/** The built-in limits of predictions, whatever their labels. */
export const BUILT_IN_LIMITS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(PROFILE_LIMITS).map(([key, { value }]) => [key, value]),
);

/** The number of labels that the built-in limits of shares were made for. */
const USUAL_LABELS = 3;

/**
 * The built-in limits, with those of shares as far from an even share as the built-in ones are with three labels: what is
 * a collapse among ten labels may be a healthy majority of two. Two labels: at most 77.5 % for one, three: 70 %, ten: 59.5 %.
 */
export function limitsFor(labels: LabelSet | null): Readonly<Record<string, number>> {
  const count = labels === null ? USUAL_LABELS : allLabels(labels).length;
  if (count < 2) return BUILT_IN_LIMITS;
  const fitted = (key: string): number => {
    const way = (profileLimitOf({ limits: BUILT_IN_LIMITS }, key) - 1 / USUAL_LABELS) / (1 - 1 / USUAL_LABELS);
    // To twelve decimals, so that three labels have exactly the built-in limit.
    return Number((1 / count + way * (1 - 1 / count)).toFixed(12));
  };
  const shares = ["action_bias.tradingShare", "action_collapse.largestShare"];
  return { ...BUILT_IN_LIMITS, ...Object.fromEntries(shares.map((key) => [key, fitted(key)])) };
}

/** Every limit of a profile that allows what the built-in one forbids, in the order of the checks. */
export function laxerLimits(profile: Pick<Profile, "limits" | "minPredictions">): LaxerLimit[] {
  const { minPredictions } = profile;
  const laxer = Object.entries(PROFILE_LIMITS).flatMap(([key, rule]): LaxerLimit[] => {
    const limit = profileLimitOf(profile, key);
    return isLaxer(limit, rule) ? [{ key, limit, builtIn: rule.value }] : [];
  });
  const builtIn = DEFAULT_POLICY.minEvents.canary;
  return minPredictions < builtIn ? [{ key: "minPredictions", limit: minPredictions, builtIn }, ...laxer] : laxer;
}
