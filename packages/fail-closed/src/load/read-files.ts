import { basename, readFile } from "#host";
import { sha256Of } from "@qsc/contract";
import { ModelError } from "../errors.js";
import type { ModelManifest } from "../manifest.js";
import { readUtf8 } from "../utf8.js";
import { messageOf, named, shown } from "../words.js";

/** A manifest, and the hash of the bytes that it was parsed from. */
export interface ReadManifest {
  readonly manifest: ModelManifest;
  readonly sha256: string;
}

/**
 * Reads the manifest, which must name the expected model, if one is expected.
 * @throws ModelError `manifest_invalid`
 */
export async function readManifest(path: string, expected: string | null): Promise<ReadManifest> {
  const file = basename(path);
  // Imported here so that only loading from a file needs zod.
  const { parseManifest } = await import("../manifest.js");
  const bytes = await readBytes(path, file);
  const manifest = parseManifest(textOf(bytes, file), file);
  if (expected !== null && manifest.name !== expected) {
    const problem = `'name' is ${shown(manifest.name)}, expected ${shown(expected)}`;
    throw new ModelError("manifest_invalid", `Manifest ${file}: ${problem}`);
  }
  return { manifest, sha256: sha256Of(bytes) };
}

async function readBytes(path: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const problem = hasCode(cause, "ENOENT") ? "there is no such file" : `it cannot be read: ${messageOf(cause)}`;
    throw new ModelError("manifest_invalid", `Manifest ${named(file)}: ${problem}`, { cause });
  }
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return readUtf8(bytes);
  } catch (cause) {
    throw new ModelError("manifest_invalid", `Manifest ${named(file)}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Every byte of the model's file, read once, so that the hashed bytes are the opened ones.
 * @throws ModelError `model_missing` or `model_corrupt`
 */
export async function readArtifact(path: string): Promise<Uint8Array> {
  const file = named(basename(path));
  const bytes = await readFile(path).catch((cause: unknown) => {
    if (hasCode(cause, "ENOENT")) throw new ModelError("model_missing", `Model file ${file} is missing`, { cause });
    throw new ModelError("model_corrupt", `Model file ${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (bytes.length === 0) throw new ModelError("model_corrupt", `Model file ${file} is empty`);
  return bytes;
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}
