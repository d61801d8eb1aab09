import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keyPair, modelSignature, temporaryDirectory, writeEventLog } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { startEngine } from "./support/engine.js";
import { featureEntry } from "./support/features.js";
import { readIntents } from "./support/intents.js";
import { installModels, type TestModel } from "./support/test-models.js";

const pair = keyPair("P-256");
const TABULAR: TestModel = { file: "tabular" };

async function sign(directory: string, { privateKey } = pair): Promise<void> {
  const hashOf = async (name: string) =>
    createHash("sha256")
      .update(await readFile(join(directory, name)))
      .digest("hex");
  const files = { "manifest.json": await hashOf("manifest.json"), "model.onnx": await hashOf("model.onnx") };
  await writeFile(join(directory, "model.sig"), modelSignature({ files, privateKey }));
}

test("with MODEL_KEYS, only models that are signed as they are answer", async () => {
  await using directory = await temporaryDirectory();
  const models = join(directory.path, "models");
  const names = ["signed", "signature_missing", "signature_invalid", "changed"] as const;
  await installModels(models, Object.fromEntries(names.map((name) => [name, TABULAR])));
  await sign(join(models, "signed"));
  await sign(join(models, "signature_invalid"), keyPair("P-256"));
  await sign(join(models, "changed"));
  await installModels(models, { changed: { file: "constant" } });
  const key = join(directory.path, "models.pub.pem");
  await writeFile(key, pair.publicKey, { mode: 0o644 });
  const journal = join(directory.path, "features.ndjson");
  const rows = Array.from({ length: 10 }, (_, index) =>
    featureEntry(Date.now() - 10 + index, `S${index}`, {
      momentum: Math.sin(index),
      rsi: 0.5,
      spread: 0.1,
      volume: 0.5,
    }),
  );
  await writeEventLog(journal, rows);
  const sink = `file:${join(directory.path, "intents.ndjson")}`;
  await using engine = startEngine({
    MODELS: names.join(","),
    MODELS_DIR: models,
    MODEL_KEYS: key,
    QUORUM: "1",
    FEATURE_SOURCE: `file:${journal}`,
    FEATURE_START: "beginning",
    FEATURE_FOLLOW: "false",
    INTENT_SINK: sink,
  });
  expect(await engine.exited).toBe(0);
  const intents = await readIntents(sink);
  expect(intents).toHaveLength(rows.length);
  const said = (name: string) =>
    new Set(intents.map(({ models: answers }) => answers.find(({ model }) => model === name)?.nonPrediction));
  expect([...said("signed")]).toEqual([null]);
  expect([...said("signature_missing")]).toEqual(["inactive: signature_missing"]);
  for (const name of ["signature_invalid", "changed"]) expect([...said(name)]).toEqual(["inactive: signature_invalid"]);
});

test("a key that cannot be read is refused before the engine starts", async () => {
  await using engine = startEngine({ MODEL_KEYS: "/nowhere/models.pub.pem" });
  expect(await engine.exited).not.toBe(0);
  expect(engine.stderr).toContain("MODEL_KEYS names '/nowhere/models.pub.pem', which is not a file");
});
