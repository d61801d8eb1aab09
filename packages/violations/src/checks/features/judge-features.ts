import { lookAlike, rules, type CheckResult, type FeatureStats } from "@qsc/contract";
import { isAbove, isBelow } from "@qsc/stats";
import type { FeatureCheckId } from "../registry.js";
import { couldHide, describeFaults, neverStatus, result } from "../result.js";
import { say } from "../words.js";
import { worseOfEach } from "../worse.js";
import { KindCounter } from "../../cards/kind-counter.js";
import { featureContextRule } from "../../given/contexts.js";
import { limitOf } from "../../policy/limit-of.js";
import { judgeDrift, type DriftJudgement } from "./drift.js";
import { FeatureCard, type FeatureTally } from "../../features/feature-card.js";
import { isUnreferenced, manifestOf, type FeatureManifests } from "../../features/manifests.js";
import type { FeatureContext } from "./feature-context.js";
import { featureStats } from "./feature-stats.js";
import { flatFeatures } from "./flat-features.js";
import { nameOf } from "./names.js";
import { FEATURE_ROWS } from "./rows.js";

/** What the features of a stream come to. */
export interface FeatureJudgement {
  readonly checks: readonly CheckResult[];
  readonly warnings: readonly string[];
  readonly features: readonly FeatureStats[];
}

/**
 * Judges the features that the models received. The statistics cover distinct decisions. Each check is judged over
 * those and over all entries, and the worse result counts.
 *
 * @throws QscError `invalid_option` when the card or the context is invalid
 */
export function judgeFeatures(card: FeatureCard, context: FeatureContext): FeatureJudgement {
  rules.instanceOf(FeatureCard)(card, "card");
  featureContextRule(context, "context");
  const distinct = judgeOn(card, context);
  const all = card.withRepeats();
  if (all === card) return distinct;
  const { checks, warnings } = judgeOn(all, context);
  return {
    ...distinct,
    checks: worseOfEach(distinct.checks, checks),
    warnings: distinct.warnings.length > 0 ? distinct.warnings : warnings,
  };
}

function judgeOn(card: FeatureCard, context: FeatureContext): FeatureJudgement {
  const features = featureStats(card, context);
  const drift = driftOf(card, features, context);
  return {
    checks: FEATURE_ROWS.flatMap((row) => ("warns" in row ? [] : JUDGES[row.id]({ card, features, context, drift }))),
    warnings: [...warningsOf(card, context), ...drift.warnings],
    features,
  };
}

/** The input of a check of the features. */
interface Given {
  readonly card: FeatureCard;
  readonly features: readonly FeatureStats[];
  readonly context: FeatureContext;
  readonly drift: DriftJudgement;
}

const JUDGES: Readonly<Record<FeatureCheckId, (given: Given) => CheckResult>> = {
  insufficient_vectors: ({ card, context }) => enoughVectors(card, context),
  missing_feature: ({ card, features, context }) => noneMissing(card, features, context),
  extra_feature: ({ features, context }) => noneExtra(features, context),
  feature_dimension: ({ card, context }) => rightDimension(card, context),
  feature_not_finite: ({ card, context }) => allFinite(card, context),
  feature_not_a_number: ({ card, context }) => allNumbers(card, context),
  flat_features: ({ card, features, context }) => flatFeatures(card, features, context),
  feature_drift: ({ drift }) => drift.check,
};

function enoughVectors(card: FeatureCard, { policy }: FeatureContext): CheckResult {
  const limit = limitOf(policy, "insufficient_vectors.count");
  const vectors = card.events - card.without.total;
  const none = card.events > 0 && vectors === 0;
  return result("insufficient_vectors", isBelow(vectors, limit) ? "violation" : "pass", {
    value: vectors,
    limit,
    n: card.events,
    reason: none
      ? `the telemetry carries no features: not one of ${card.events} events has a feature vector; at least ${limit} are needed`
      : `${vectors} of ${card.events} events have a feature vector; at least ${limit} are needed`,
  });
}

function noneMissing(card: FeatureCard, features: readonly FeatureStats[], { rejected }: FeatureContext): CheckResult {
  const missing = features.filter((feature) => feature.missing > 0);
  const values = missing.reduce((sum, feature) => sum + feature.missing, 0);
  const count = Math.max(values, card.without.total) + card.unfed.total;
  const named = missing.slice(0, 5).map((feature) => `${nameOf(feature)} (in ${feature.missing})`);
  const names = [
    ...(card.without.total > 0 ? [`every feature (in ${card.without.total})`] : []),
    ...named,
    ...(card.unfed.total > 0 ? [describeFaults(card.unfed.list())] : []),
  ];
  return result("missing_feature", neverStatus(count, rejected), {
    value: count,
    limit: 0,
    n: card.events,
    reason:
      count > 0
        ? card.without.total === card.events
          ? `not one of ${card.events} events has any feature: let the engine publish them`
          : `missing in some of ${card.events} events: ${names.join(", ")}`
        : rejected > 0
          ? couldHide(rejected, "a vector without a feature")
          : "every vector has every feature",
  });
}

function noneExtra(features: readonly FeatureStats[], { manifest, rejected }: FeatureContext): CheckResult {
  const extra = features.filter(({ feature, model }) => {
    const expected = manifestOf(manifest, model)?.features;
    return expected !== undefined && !expected.includes(feature);
  });
  const reason =
    extra.length > 0
      ? `not in the manifest: ${extra.slice(0, 5).map(nameOf).join(", ")}${alikeAmong(extra, manifest)}`
      : manifest === null
        ? "without a manifest every feature is taken as it comes"
        : rejected > 0
          ? couldHide(rejected, "an extra feature")
          : "no feature but the manifest's";
  const status = manifest === null ? "pass" : neverStatus(extra.length, rejected);
  return result("extra_feature", status, { value: extra.length, limit: 0, n: features.length, reason });
}

/** Says that a name looks like one of the manifest's but differs; empty when none does. */
function alikeAmong(extra: readonly FeatureStats[], manifest: FeatureManifests): string {
  const alike = extra.find(
    ({ feature, model }) => lookAlike(feature, manifestOf(manifest, model)?.features ?? []) !== null,
  );
  if (alike === undefined) return "";
  return `; ${nameOf(alike)} looks like the manifest's, which has it in another Unicode normal form: write both alike`;
}

function rightDimension(card: FeatureCard, { manifest, rejected }: FeatureContext): CheckResult {
  const other = card.otherDimension;
  const vectors = card.events - card.without.total;
  return result("feature_dimension", neverStatus(other.total, manifest === null ? 0 : rejected), {
    value: other.total,
    limit: 0,
    n: vectors,
    reason:
      other.total > 0
        ? `vectors are ${manifest === null ? "too long" : "not as long as the manifest says"}: ${describeFaults(other.list())}`
        : manifest === null
          ? "without a manifest no dimension is required"
          : `of ${vectors} events none has a vector of another dimension than the manifest's`,
  });
}

function allFinite(card: FeatureCard, { rejected }: FeatureContext): CheckResult {
  return never(card, "feature_not_finite", ({ notFinite }) => notFinite, rejected, {
    violated: "NaN or infinite",
    hidden: "a NaN or an infinity",
    clean: "every feature is finite",
  });
}

function allNumbers(card: FeatureCard, { rejected }: FeatureContext): CheckResult {
  return never(card, "feature_not_a_number", ({ invalid }) => invalid, rejected, {
    violated: "no number",
    hidden: "a value that is not a number",
    clean: "every feature is a number",
  });
}

function never(
  card: FeatureCard,
  id: FeatureCheckId,
  faultsOf: (tally: FeatureTally) => KindCounter,
  rejected: number,
  words: { readonly violated: string; readonly hidden: string; readonly clean: string },
): CheckResult {
  const faults = new KindCounter();
  for (const tally of card.tallies.values()) {
    for (const { what, count, sample } of faultsOf(tally).list()) {
      faults.add(`${nameOf(tally)} = ${what}`, sample, count);
    }
  }
  const count = faults.total;
  return result(id, neverStatus(count, rejected), {
    value: count,
    limit: 0,
    n: card.events,
    reason:
      count > 0
        ? `${words.violated}: ${describeFaults(faults.list())}`
        : rejected > 0
          ? couldHide(rejected, words.hidden)
          : words.clean,
  });
}

function driftOf(
  card: FeatureCard,
  features: readonly FeatureStats[],
  { policy, manifest }: FeatureContext,
): DriftJudgement {
  const tallies = [...card.tallies.values()];
  const referenced = features.flatMap((feature) => {
    const reference = manifestOf(manifest, feature.model)?.reference.get(feature.feature);
    const tally = tallies.find((each) => each.model === feature.model && each.feature === feature.feature);
    return reference === undefined ? [] : [{ feature, reference, tally }];
  });
  const unreferenced = features.filter(({ feature, model }) => isUnreferenced(feature, manifestOf(manifest, model)));
  const models = [...new Set(features.map(({ model }) => model))];
  const named = manifest === null ? [] : models.filter((model) => model !== null);
  const without = named.filter((model) => manifestOf(manifest, model) === null);
  return judgeDrift(referenced, { policy, without, unreferenced });
}

function warningsOf(card: FeatureCard, { policy }: FeatureContext): readonly string[] {
  const limit = limitOf(policy, "repeated_vectors.share");
  const repeated = card.repeated();
  if (repeated === null || !isAbove(repeated.share, limit)) return [];
  const owner = repeated.model === null ? "" : ` of ${repeated.model}`;
  return [
    `${say(repeated.share, "percent")} of the newest 50 vectors${owner} are the same to 4 decimals: the feed may be stuck`,
  ];
}
