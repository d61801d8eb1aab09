import { stat } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { entriesOf, startEngine } from "./support/engine.js";
import { readIntents } from "./support/intents.js";
import { copyModels, flipByte, modelFile, MODELS } from "./support/models.js";

const FEED = "synthetic:?seed=11&rows=60";

test("all four models load, say so, and answer", async () => {
  await using directory = await temporaryDirectory();
  const sink = `file:${join(directory.path, "intents.ndjson")}`;
  await using engine = startEngine({ FEATURE_SOURCE: FEED, INTENT_SINK: sink });
  expect(await engine.exited).toBe(0);
  expect(engine.lines[0]).toBe("AI_ENGINE_BUILD: test-build");
  for (const [title, file] of [["XGB", "xgb"], ["PatchTST", "patchtst"], ["NHiTS", "nhits"], ["DLinear", "dlinear"]]) {
    expect(engine.lines).toContain(`[${title}-INIT] Model file: ${file}.onnx`);
    expect(engine.lines.filter((line) => line.startsWith(`[${title}-INIT] SHA256: `))).toEqual([expect.stringMatching(/: [\da-f]{64}$/)]);
    expect(engine.lines).toContain(`[${title}-INIT] Expected feature_dim: 12`);
  }
  const intents = await readIntents(sink);
  expect(intents).toHaveLength(60);
  for (const { models } of intents) expect(models.map(({ nonPrediction }) => nonPrediction)).toEqual([null, null, null, null]);
});

describe("one byte swapped", () => {
  test.each(MODELS)("in %s: it is INACTIVE hash_mismatch, and the engine goes on with the others", async (broken) => {
    await using directory = await temporaryDirectory();
    const models = await copyModels(directory.path);
    const file = await modelFile(models, broken);
    await flipByte(file, Math.floor((await stat(file)).size / 2));
    const sink = `file:${join(directory.path, "intents.ndjson")}`;
    await using engine = startEngine({ MODELS_DIR: models, FEATURE_SOURCE: FEED, INTENT_SINK: sink });
    expect(await engine.exited).toBe(0);
    expect(engine.lines.filter((line) => line.includes("QSC FAIL-CLOSED"))).toEqual([
      expect.stringMatching(/; inactive_reason=hash_mismatch$/),
      // The first of 60 rows is what the line before it stands for.
      expect.stringMatching(/ \(59 times since this was last said\); inactive_reason=hash_mismatch$/),
    ]);
    expect(entriesOf(engine.lines)).toContainEqual(expect.objectContaining({ model: broken, inactive_reason: "hash_mismatch" }));
    for (const intent of await readIntents(sink)) {
      const answers = intent.models.map(({ model, nonPrediction }) => [model, nonPrediction]);
      expect(answers).toEqual(MODELS.map((model) => [model, model === broken ? "inactive: hash_mismatch" : null]));
    }
  });
});
