import { QscError } from "@qsc/contract";
import type { SanityRequest } from "@qsc/rollout";
import type { FeatureManifest } from "@qsc/violations";
import { readOptionFile } from "./read-file.js";

interface Given {
  /** From the option; null if only the manifest's own name says so. */
  readonly model: string | null;
  readonly path: string;
}

/** A model before the first `=`. A path that contains `=` needs its model before it. */
const WITH_MODEL = /^([\p{L}\p{N}][\p{L}\p{N}._:/@+-]{0,127})=(.+)$/su;

/**
 * The manifests that `--manifest` names: one file for all vectors, or one for each model as `[MODEL=]FILE`. Without
 * MODEL, the manifest's own `name` is its model.
 * @throws QscError `invalid_manifest`; `usage` for a manifest without a model among several, and for a model with two
 */
export async function readManifests(options: readonly string[]): Promise<SanityRequest["manifest"]> {
  const given = options.map(parsed);
  const [first] = given;
  if (first === undefined) return null;
  if (given.length === 1 && first.model === null) return { name: first.path, content: await readManifest(first.path) };
  const contents = await Promise.all(given.map(async (one) => ({ ...one, manifest: await readManifest(one.path) })));
  const byModel = new Map<string, FeatureManifest>();
  const names: string[] = [];
  for (const { model: asked, path, manifest } of contents) {
    const model = asked ?? manifest.model;
    if (model === undefined) {
      throw new QscError("usage", `Manifest ${path} has no 'name'; name its model: --manifest MODEL=${path}.`);
    }
    if (byModel.has(model)) {
      throw new QscError("usage", `--manifest gives two manifests for ${model}; give one for each model.`);
    }
    byModel.set(model, manifest);
    names.push(`${model}=${path}`);
  }
  return { name: names.join(", "), content: byModel };
}

function parsed(option: string): Given {
  const [, model = null, path = option] = WITH_MODEL.exec(option) ?? [];
  return { model, path };
}

async function readManifest(path: string): Promise<FeatureManifest> {
  const { parseFeatureManifest } = await import("@qsc/violations");
  return parseFeatureManifest(await readOptionFile("Manifest", path, "invalid_manifest"), path);
}
