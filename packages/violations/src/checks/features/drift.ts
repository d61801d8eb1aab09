import type { CheckResult, FeatureStats, Policy } from "@qsc/contract";
import { chiSquareQuantile, isBelow, psi, sameDistributionP } from "@qsc/stats";
import { isRequired } from "../required.js";
import { result } from "../result.js";
import { say, sayAgainst } from "../words.js";
import { limitOf } from "../../policy/limit-of.js";
import type { FeatureTally } from "../../features/feature-card.js";
import { enumerated, listed } from "./names.js";
import type { FeatureReference } from "../../features/reference.js";

/**
 * Upper bound on the chance that a judgement finds drift when no feature has drifted, over all features and models
 * together. `chance.test.ts` shows it by simulation.
 */
const FALSE_ALARM = 0.01;
/** With sparse bins, the test fires up to twice as often as its level (`sameDistributionP`). */
const LEVEL = FALSE_ALARM / 2;

/** A feature and the distribution that its model was trained on. */
export interface Referenced {
  readonly feature: FeatureStats;
  readonly reference: FeatureReference;
  readonly tally: FeatureTally | undefined;
}

export interface DriftContext {
  readonly policy: Policy;
  /** Models that have vectors but no manifest, while others have one. */
  readonly without: readonly string[];
  /** Features that the manifest of their model has no reference for, although it has one for others. */
  readonly unreferenced: readonly FeatureStats[];
}

export interface DriftJudgement {
  readonly check: CheckResult;
  readonly warnings: readonly string[];
}

/** PSI of a feature against its reference; null when one of the two is missing. */
export function psiOf(reference: FeatureReference | undefined, tally: FeatureTally | undefined): number | null {
  if (reference === undefined || tally === undefined || tally.moments.n === 0) return null;
  return psi(reference.counts, tally.bins);
}

/**
 * Judges drift: a feature has drifted when its PSI reaches the limit and chance does not explain it. With few
 * vectors, one of many features reaches any limit by chance. So each feature is tested at the overall level divided
 * by the number of features (Bonferroni), which holds however the features depend on each other.
 *
 * A PSI beyond the limit that chance explains is neither a violation nor a proof: it passes with a warning that says
 * how many vectors would decide, or is unknown when the policy requires `feature_drift`.
 */
export function judgeDrift(
  all: readonly Referenced[],
  { policy, without, unreferenced }: DriftContext,
): DriftJudgement {
  const limit = limitOf(policy, "feature_drift.psi");
  const known = all.filter(({ feature }) => feature.psi !== null);
  const high = known.filter(({ feature }) => reaches(feature.psi ?? Number.NaN, limit));
  const drifted = high.filter((each) => isProven(each, known.length));
  const open = high.filter((each) => !drifted.includes(each));
  const insists = isRequired(policy, "feature_drift");
  const isOpen =
    known.length < Math.max(1, all.length) || (insists && open.length + without.length + unreferenced.length > 0);
  const beyond = `PSI against the reference is ${say(limit, "number")} or more`;
  const largest = known.reduce<number | null>((most, { feature }) => Math.max(most ?? 0, feature.psi ?? 0), null);
  return {
    check: result("feature_drift", drifted.length > 0 ? "violation" : isOpen ? "unknown" : "pass", {
      value: largest,
      limit,
      n: known.length,
      reason:
        all.length === 0
          ? "no reference distribution was given (--manifest), so that drift cannot be measured"
          : drifted.length > 0
            ? `${beyond}, and not by chance${listed(drifted.map(featureOf))}`
            : open.length > 0
              ? `${beyond}${listed(open.map(featureOf))}, as chance may have it: no drift is proven, and none excluded`
              : insists && without.length > 0
                ? `no manifest was given for ${without.join(", ")}`
                : insists && unreferenced.length > 0
                  ? `the manifest has no reference for ${enumerated(unreferenced)}`
                  : largestOf(largest, limit),
      waived: all.length === 0 && !insists,
    }),
    warnings: [
      ...warnOfChance(open, known.length, limit),
      ...warnOfModels(without),
      ...(unreferenced.length === 0
        ? []
        : [
            `The manifest has no reference for ${enumerated(unreferenced)}: drift of ${unreferenced.length === 1 ? "this" : "these"} is not measured.`,
          ]),
    ],
  };
}

/** A PSI at the limit reaches it, and so does a PSI that is NaN. */
function reaches(value: number, limit: number): boolean {
  return !isBelow(value, limit);
}

function isProven({ reference, tally }: Referenced, tests: number): boolean {
  const chance = sameDistributionP(reference.counts, tally?.bins ?? []);
  return chance !== null && chance <= LEVEL / tests;
}

function largestOf(largest: number | null, limit: number): string {
  if (largest === null) return "no feature could be measured against its reference";
  const told = sayAgainst(largest, limit, "number");
  return `the largest PSI against the reference is ${told.value}; below ${told.limit} is allowed`;
}

function warnOfChance(open: readonly Referenced[], tests: number, limit: number): readonly string[] {
  if (open.length === 0) return [];
  const needed = Math.max(...open.map(({ reference }) => vectorsToTell(reference, tests, limit)));
  const advice = Number.isFinite(needed)
    ? `judge about ${needed} vectors`
    : "count more training rows into the reference";
  const fewest = Math.min(...open.map(({ feature }) => feature.n));
  const found = `PSI of ${enumerated(open.map(featureOf))} is ${say(limit, "number")} or more`;
  return [`${found}, which chance alone may give with ${fewest} vectors and ${tests} features: ${advice} to tell`];
}

/**
 * With this many vectors, chance cannot produce a PSI at the limit: without a shift, the PSI times n m / (n + m) is
 * approximately chi-square with bins - 1 degrees of freedom. Infinite when the reference itself is too small.
 */
function vectorsToTell({ counts }: FeatureReference, tests: number, limit: number): number {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const most = chiSquareQuantile(LEVEL / tests, counts.length - 1);
  const room = limit - most / rows;
  return room > 0 ? Math.ceil(most / room) : Infinity;
}

function warnOfModels(without: readonly string[]): readonly string[] {
  if (without.length === 0) return [];
  const models = without.join(", ");
  return [`no manifest was given for ${models}: names, dimension and drift of the vectors were not judged there`];
}

function featureOf({ feature }: Referenced): FeatureStats {
  return feature;
}
