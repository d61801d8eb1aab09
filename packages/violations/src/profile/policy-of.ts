import type { LabelSet, Policy, Profile } from "@qsc/contract";
import { DEFAULT_POLICY } from "../policy/default.js";

/** The one label of a regression, which has none: checks of labels are left out of its verdict. */
export const NO_LABELS: LabelSet = { acting: ["score"], abstaining: [] };

/** Where there are no labels, nothing is compared of them: a share never exceeds 1. */
const NO_SHARES = { "recent_collapse.tradingShare": 1, "recent_collapse.neutralShare": 1 };

/** A profile in the form that a model is judged by. Its limits may be laxer, so nothing that gives traffic may have it. */
export function policyOf(profile: Profile, model: string): Policy {
  const { labels, score, limits, minPredictions, segments, requireLatency } = profile;
  const known = Object.entries(limits).filter(([key]) => Object.hasOwn(DEFAULT_POLICY.limits, key));
  return {
    ...DEFAULT_POLICY,
    limits: { ...DEFAULT_POLICY.limits, ...Object.fromEntries(known), ...(labels === null && NO_SHARES) },
    labels: labels ?? NO_LABELS,
    minEvents: { collection: minPredictions, canary: minPredictions },
    confidence: score === "logit" ? { [model]: "logit" } : {},
    require: requireLatency ? ["latency"] : [],
    ...(segments === "decide" && { segments: { by: "symbol" } }),
  };
}
