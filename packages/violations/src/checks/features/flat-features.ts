import type { CheckResult, FeatureStats } from "@qsc/contract";
import { isAbove } from "@qsc/stats";
import { FROZEN_VECTORS, type FeatureCard } from "../../features/feature-card.js";
import { limitOf } from "../../policy/limit-of.js";
import { result } from "../result.js";
import { say } from "../words.js";
import type { FeatureContext } from "./feature-context.js";
import { listed } from "./names.js";

/** Whether features do not move: over the whole range, or lately not one of them. */
export function flatFeatures(
  card: FeatureCard,
  features: readonly FeatureStats[],
  context: FeatureContext,
): CheckResult {
  return frozenLately(card, features, context) ?? notFlat(features, context);
}

/**
 * A vector that moved once and has stopped: the deviation of the whole range hides it for hours. Not one feature of it has
 * changed in the newest 200 events, to the last digit.
 */
function frozenLately(
  card: FeatureCard,
  features: readonly FeatureStats[],
  { policy }: FeatureContext,
): CheckResult | null {
  const frozen = card.frozen();
  if (frozen === null) return null;
  const owner = frozen.model === null ? "" : ` of ${frozen.model}`;
  return result("flat_features", "violation", {
    value: 1,
    limit: limitOf(policy, "flat_features.share"),
    n: frozen.model === null ? features.length : features.filter(({ model }) => model === frozen.model).length,
    reason: `no feature${owner} has moved in the newest ${FROZEN_VECTORS} events: the feed is stuck`,
  });
}

/**
 * Judges each model's own vector, and the worst counts: pooled over all models, the flat features of one model would
 * be a small share.
 */
function notFlat(features: readonly FeatureStats[], { policy }: FeatureContext): CheckResult {
  const limit = limitOf(policy, "flat_features.share");
  const measured = features.filter(({ std }) => std !== null);
  const models = [...new Set(measured.map(({ model }) => model))];
  const vectors = models.map((model) => measured.filter((feature) => feature.model === model));
  const flatOf = (vector: readonly FeatureStats[]) => vector.filter(({ flat }) => flat);
  const shareOf = (vector: readonly FeatureStats[]) => flatOf(vector).length / vector.length;
  const worst = vectors.reduce((most, vector) => (shareOf(vector) > shareOf(most) ? vector : most), vectors[0] ?? []);
  const value = worst.length === 0 ? null : shareOf(worst);
  const owner = worst[0]?.model ?? null;
  return result("flat_features", value === null ? "unknown" : isAbove(value, limit) ? "violation" : "pass", {
    value,
    limit,
    n: worst.length,
    reason:
      value === null
        ? "there is no feature to measure"
        : `${flatOf(worst).length} of ${worst.length} features${owner === null ? "" : ` of ${owner}`} do not move` +
          `${listed(flatOf(worst))}; at most ${say(limit, "percent")} may be flat`,
  });
}
