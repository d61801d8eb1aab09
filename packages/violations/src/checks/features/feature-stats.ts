import { V1_FEATURES, type FeatureStats } from "@qsc/contract";
import { isBelow } from "@qsc/stats";
import type { FeatureCard, FeatureTally } from "../../features/feature-card.js";
import { manifestOf, modelsWith } from "../../features/manifests.js";
import { psiOf } from "./drift.js";
import type { FeatureContext } from "./feature-context.js";

/** A feature whose population standard deviation is below this counts as flat. */
const FLAT_STD = 1e-6;

/** The statistics of every feature that is present or expected, by model and name. */
export function featureStats(card: FeatureCard, context: FeatureContext): readonly FeatureStats[] {
  const models = new Set([...card.vectors.keys(), ...modelsWith(context.manifest, [...card.vectors.keys()])]);
  return [...(models.size === 0 ? [null] : models)].sort(byName).flatMap((model) => {
    const seen = [...card.tallies.values()].filter((tally) => tally.model === model);
    const names = new Set([...expectedNames(context, model), ...seen.map(({ feature }) => feature)]);
    const vectors = card.events;
    return [...names].map((feature) => {
      const tally = seen.find((candidate) => candidate.feature === feature);
      return statsOf(feature, model, tally, vectors, context);
    });
  });
}

function expectedNames({ manifest, version1 }: FeatureContext, model: string | null): readonly string[] {
  return manifestOf(manifest, model)?.features ?? (version1 ? V1_FEATURES : []);
}

function byName(a: string | null, b: string | null): number {
  return (a ?? "") < (b ?? "") ? -1 : 1;
}

function statsOf(
  feature: string,
  model: string | null,
  tally: FeatureTally | undefined,
  vectors: number,
  { manifest }: FeatureContext,
): FeatureStats {
  const moments = tally?.moments;
  const reference = manifestOf(manifest, model)?.reference.get(feature);
  const std = moments?.std ?? null;
  return {
    feature,
    model,
    n: moments?.n ?? 0,
    missing: vectors - (tally?.present ?? 0),
    notFinite: tally?.notFinite.total ?? 0,
    invalid: tally?.invalid.total ?? 0,
    mean: moments?.mean ?? null,
    std,
    min: moments?.min ?? null,
    max: moments?.max ?? null,
    flat: std !== null && isBelow(std, FLAT_STD),
    psi: psiOf(reference, tally),
  };
}
