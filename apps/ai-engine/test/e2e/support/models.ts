import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REAL = fileURLToPath(new URL("../../../models", import.meta.url));
const BROKEN = fileURLToPath(new URL("../../../models-broken", import.meta.url));
export const MODELS = ["xgb", "patchtst", "nhits", "dlinear"] as const;

/** A copy of the four models that a test may damage; returns its directory. */
export async function copyModels(into: string): Promise<string> {
  const directory = join(into, "models");
  for (const model of MODELS) await cp(join(REAL, model), join(directory, model), { recursive: true });
  return directory;
}

/** Replaces a model with a broken one. */
export async function breakModel(directory: string, model: string, broken: string): Promise<void> {
  await cp(join(BROKEN, broken), join(directory, model), { recursive: true });
}

/** The path of a model's own file. */
export async function modelFile(directory: string, model: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(directory, model, "manifest.json"), "utf8")) as { file: string };
  return join(directory, model, manifest.file);
}

/** Flips one byte of a file. */
export async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  await writeFile(path, bytes);
}
