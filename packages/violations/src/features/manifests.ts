import type { FeatureManifest } from "./reference.js";

/** What feature vectors are judged against: one manifest, or one per model by name. Null: nothing. */
export type FeatureManifests = FeatureManifest | ReadonlyMap<string, FeatureManifest> | null;

/**
 * The manifest that applies to a model's vector; null when there is none. A manifest that names its model applies to
 * that model's own vector and to the one that all models share (`model` null).
 */
export function manifestOf(manifests: FeatureManifests, model: string | null): FeatureManifest | null {
  if (manifests === null) return null;
  if (isByModel(manifests)) return (model === null ? undefined : manifests.get(model)) ?? null;
  const { model: owner } = manifests;
  return owner === undefined || model === null || owner === model ? manifests : null;
}

/**
 * The models that a vector of `model` (null: shared) counts for: when each model has a manifest, a shared vector
 * counts for each of them.
 */
export function readersOf(manifests: FeatureManifests, model: string | null): readonly (string | null)[] {
  return manifests !== null && isByModel(manifests) && model === null ? [...manifests.keys()] : [model];
}

/** The models that have a manifest, and so must have vectors; `seen` are those in the telemetry. */
export function modelsWith(manifests: FeatureManifests, seen: readonly (string | null)[]): readonly (string | null)[] {
  if (manifests === null) return [];
  if (isByModel(manifests)) return [...manifests.keys()];
  const { model } = manifests;
  return model === undefined || seen.length === 0 || seen.includes(null) ? [] : [model];
}

function isByModel(manifests: NonNullable<FeatureManifests>): manifests is ReadonlyMap<string, FeatureManifest> {
  return manifests instanceof Map;
}

/** Whether a manifest has a reference for others of its features, but not for this one. */
export function isUnreferenced(feature: string, manifest: FeatureManifest | null): boolean {
  return manifest !== null && manifest.reference.size > 0 && !manifest.reference.has(feature);
}
