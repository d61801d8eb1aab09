import { ModelError } from "../errors.js";
import { asModelError } from "../guard/as-model-error.js";
import type { ModelManifest } from "../manifest.js";
import type { CallContext } from "../predictor.js";
import type { Runtime, RuntimeSession } from "../runtime.js";
import { listed } from "../words.js";
import { probe } from "./probe.js";

/**
 * Opens the model and checks it against the manifest: dimensions first, then the probes. A session that fails is
 * closed.
 * @throws ModelError
 */
export async function openSession(
  bytes: Uint8Array,
  manifest: ModelManifest,
  runtime: Runtime,
  context: CallContext,
): Promise<RuntimeSession> {
  const session = await open(bytes, manifest, runtime);
  try {
    requireShape(session, manifest);
    requireLabels(session, manifest);
    await probe(session, manifest, context);
    return session;
  } catch (thrown) {
    await closeQuietly(session);
    throw thrown;
  }
}

/** Closes a session that never served. The reason for that matters; a failure to close does not. */
export async function closeQuietly(session: RuntimeSession): Promise<void> {
  try {
    await session.close();
  } catch {
    // It never answered and never will: at worst it leaks memory.
  }
}

async function open(bytes: Uint8Array, manifest: ModelManifest, runtime: Runtime): Promise<RuntimeSession> {
  const { kind, file } = manifest;
  if (kind !== runtime.kind) {
    const problem = `'kind' is ${listed([kind])}, the runtime opens ${listed([runtime.kind])}`;
    throw new ModelError("manifest_invalid", `Manifest of ${manifest.name}: ${problem}`);
  }
  try {
    return await runtime.open(bytes, manifest);
  } catch (thrown) {
    throw asModelError(thrown, "model_corrupt", `Model file ${file} cannot be opened`);
  }
}

function requireShape({ inputShape }: RuntimeSession, { input }: ModelManifest): void {
  if (inputShape === null) return;
  const declared = input.shape;
  const fits = inputShape.every((size, index) => size === null || size === declared[index]);
  if (fits && inputShape.length === declared.length) return;
  const real = inputShape.map((size) => size ?? "any").join(", ");
  throw new ModelError(
    "dimension_mismatch",
    `Manifest declares the input [${declared.join(", ")}], the model takes [${real}]`,
  );
}

function requireLabels({ labelCount }: RuntimeSession, { labels }: ModelManifest): void {
  if (labelCount === null || labelCount === labels.length) return;
  throw new ModelError("dimension_mismatch", `Manifest declares ${labels.length} labels, the model has ${labelCount}`);
}
