import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "@qsc-tooling/testkit";

/** The test models of `@qsc/fail-closed`: four numbers in, three probabilities out. */
const ONNX = join(repositoryRoot, "packages/fail-closed/test/models");

/** An ONNX file, or none, and its manifest: members besides the usual ones, or a text of its own. */
export interface TestModel {
  readonly file: string | null;
  readonly manifest?: Readonly<Record<string, unknown>> | string;
}

/** Installs each model under its name. */
export async function installModels(directory: string, models: Readonly<Record<string, TestModel>>): Promise<void> {
  for (const [name, { file, manifest = {} }] of Object.entries(models)) {
    await mkdir(join(directory, name), { recursive: true });
    if (file !== null) await copyFile(join(ONNX, `${file}.onnx`), join(directory, name, "model.onnx"));
    const usual = {
      name,
      kind: "onnx",
      file: "model.onnx",
      input: { shape: [1, 4] },
      features: ["momentum", "rsi", "spread", "volume"],
      labels: ["SELL", "HOLD", "BUY"],
    };
    await writeFile(
      join(directory, name, "manifest.json"),
      typeof manifest === "string" ? manifest : JSON.stringify({ ...usual, ...manifest }),
    );
  }
}
