import { loadModel, type FailClosedModel, type ModelEvent, type Runtime } from "@qsc/fail-closed";
import { join } from "node:path";
import type { Settings } from "./settings/settings.js";

/** Every model that the settings name. Those that cannot serve are inactive, with their reason. */
export async function loadModels(
  { models, modelsDirectory, modelKeys, timeLimitMs }: Settings,
  runtime: Runtime,
  onEvent: (event: ModelEvent) => void,
): Promise<readonly FailClosedModel[]> {
  const loaded: FailClosedModel[] = [];
  const signature = modelKeys === null ? {} : { signature: { trusted: modelKeys } };
  // One after another, so that the lines of one model stay together.
  for (const name of models) {
    const options = { name, runtime, timeLimitMs, onEvent, ...signature };
    loaded.push(await loadModel(join(modelsDirectory, name, "manifest.json"), options));
  }
  return loaded;
}
