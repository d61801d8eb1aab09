import type { FeatureManifest } from "./reference.js";

/** What feature vectors are judged by: one manifest, or one for each model by its name. Null: by none. */
export type FeatureManifests = FeatureManifest | ReadonlyMap<string, FeatureManifest> | null;

/**
 * The manifest that a model's vector is judged by; null where there is none. A manifest that names its model speaks for
 * no other model's own vector, but for the one that all models share (`model` null).
 */
export function manifestOf(manifests: FeatureManifests, model: string | null): FeatureManifest | null {
  if (manifests === null) return null;
  if (isByModel(manifests)) return (model === null ? undefined : manifests.get(model)) ?? null;
  const { model: owner } = manifests;
  return owner === undefined || model === null || owner === model ? manifests : null;
}

/** As whose vectors one of `model` (null: of all) counts: where each model has a manifest, a shared one is each model's. */
export function readersOf(manifests: FeatureManifests, model: string | null): readonly (string | null)[] {
  return manifests !== null && isByModel(manifests) && model === null ? [...manifests.keys()] : [model];
}

/** The models that have a manifest, and so have to have vectors: those of the telemetry are `seen`. */
export function modelsWith(manifests: FeatureManifests, seen: readonly (string | null)[]): readonly (string | null)[] {
  if (manifests === null) return [];
  if (isByModel(manifests)) return [...manifests.keys()];
  const { model } = manifests;
  return model === undefined || seen.length === 0 || seen.includes(null) ? [] : [model];
}

function isByModel(manifests: NonNullable<FeatureManifests>): manifests is ReadonlyMap<string, FeatureManifest> {
  return manifests instanceof Map;
}
