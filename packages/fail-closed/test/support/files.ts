import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Features and labels of the models that make.py makes. */
export const FEATURES = ["momentum", "rsi", "spread", "volume"];
export const LABELS = ["SELL", "HOLD", "BUY"];
export const ROWS = 8;

/** The path of one of the models in test/models. */
export const modelFile = (name: string): string => fileURLToPath(new URL(`../models/${name}.onnx`, import.meta.url));

/** A manifest of a healthy tabular model; a member that is undefined is left out. */
export function manifestText(given: Readonly<Record<string, unknown>> = {}): string {
  const shape = [1, FEATURES.length];
  return JSON.stringify({
    name: "xgb",
    kind: "onnx",
    file: "model.onnx",
    input: { shape },
    features: FEATURES,
    labels: LABELS,
    ...given,
  });
}

/** The manifest of the sequence model. */
export const SEQUENCE = { name: "patchtst", input: { shape: [1, ROWS, FEATURES.length] } };

/** Puts one of the models and its manifest into a directory; answers the path of the manifest. */
export async function install(
  directory: string,
  model: string,
  given: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  await copyFile(modelFile(model), join(directory, "model.onnx"));
  const path = join(directory, "manifest.json");
  await writeFile(path, manifestText(given));
  return path;
}

/** A vector with the given first value, and small others. */
export const vector = (first = 0.5): number[] => [first, 0.25, -0.5, 0.125];
