import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { entriesOf, startEngine } from "./support/engine.js";
import { readIntents } from "./support/intents.js";
import { copyModels, flipByte, modelFile, MODELS } from "./support/models.js";

const FEED = "synthetic:?seed=11&rows=60";

test("all four models load, log it, and answer", async () => {
  await using directory = await temporaryDirectory();
  const sink = `file:${join(directory.path, "intents.ndjson")}`;
  await using engine = startEngine({ FEATURE_SOURCE: FEED, INTENT_SINK: sink });
  expect(await engine.exited).toBe(0);
  expect(engine.lines[0]).toBe("AI_ENGINE_BUILD: test-build");
  for (const [title, file] of [
    ["XGB", "xgb"],
    ["PatchTST", "patchtst"],
    ["NHiTS", "nhits"],
    ["DLinear", "dlinear"],
  ]) {
    expect(engine.lines).toContain(`[${title}-INIT] Model file: ${file}.onnx`);
    expect(engine.lines.filter((line) => line.startsWith(`[${title}-INIT] SHA256: `))).toEqual([
      expect.stringMatching(/: [\da-f]{64}$/),
    ]);
    for (const what of ["Manifest", "Artifact"]) {
      expect(engine.lines.filter((line) => line.startsWith(`[${title}-INIT] ${what} SHA256: `))).toEqual([
        expect.stringMatching(/: [\da-f]{64}$/),
      ]);
    }
    expect(engine.lines).toContain(`[${title}-INIT] Expected feature_dim: 12`);
  }
  const intents = await readIntents(sink);
  expect(intents).toHaveLength(60);
  for (const { models } of intents)
    expect(models.map(({ nonPrediction }) => nonPrediction)).toEqual([null, null, null, null]);
});

describe("a manifest that was changed next to an unchanged model file", () => {
  /** What the engine logs and publishes about the model with these changes to its manifest. */
  async function served(directory: string, change: (manifest: Record<string, unknown>) => Record<string, unknown>) {
    const models = await copyModels(directory);
    const path = join(models, "xgb", "manifest.json");
    await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>)));
    const sink = `file:${join(directory, "intents.ndjson")}`;
    await using engine = startEngine({ MODELS_DIR: models, FEATURE_SOURCE: FEED, INTENT_SINK: sink });
    expect(await engine.exited).toBe(0);
    const said = (what: string) => engine.lines.find((line) => line.startsWith(`[XGB-INIT] ${what}: `))?.split(": ")[1];
    const answers = (await readIntents(sink)).flatMap((intent) => intent.models.filter(({ model }) => model === "xgb"));
    const [artifacts, states] = [
      new Set(answers.map(({ artifactSha256 }) => artifactSha256)),
      new Set(answers.map(({ nonPrediction }) => nonPrediction)),
    ];
    return { file: said("SHA256"), artifact: said("Artifact SHA256"), artifacts: [...artifacts], states: [...states] };
  }
  const reversed = (list: unknown) => [...(list as readonly unknown[])].reverse();

  test("is a different artifact in the telemetry, while the log line of the file keeps the file's hash", async () => {
    await using directories = await temporaryDirectory();
    const [one, other] = [join(directories.path, "one"), join(directories.path, "other")];
    for (const path of [one, other]) await mkdir(path);
    const plain = await served(one, (manifest) => ({ ...manifest, probe: undefined }));
    const changed = await served(other, ({ features, ...manifest }) => ({
      ...manifest,
      probe: undefined,
      features: reversed(features),
    }));
    expect([plain.states, changed.states]).toEqual([[null], [null]]);
    expect(changed.file).toBe(plain.file);
    expect([plain.artifacts, changed.artifacts]).toEqual([[plain.artifact], [changed.artifact]]);
    expect(changed.artifact).not.toBe(plain.artifact);
  });

  test.each(["features", "labels"])("does not serve if its golden probes find that %s are reversed", async (key) => {
    await using directory = await temporaryDirectory();
    const { states } = await served(directory.path, (manifest) => ({ ...manifest, [key]: reversed(manifest[key]) }));
    expect(states).toEqual(["inactive: probe_mismatch"]);
  });
});

describe("one byte swapped", () => {
  test.each(MODELS)(
    "in %s: the model is INACTIVE hash_mismatch, and the engine continues with the others",
    async (broken) => {
      await using directory = await temporaryDirectory();
      const models = await copyModels(directory.path);
      const file = await modelFile(models, broken);
      await flipByte(file, Math.floor((await stat(file)).size / 2));
      const sink = `file:${join(directory.path, "intents.ndjson")}`;
      await using engine = startEngine({ MODELS_DIR: models, FEATURE_SOURCE: FEED, INTENT_SINK: sink });
      expect(await engine.exited).toBe(0);
      expect(engine.lines.filter((line) => line.includes("QSC FAIL-CLOSED"))).toEqual([
        expect.stringMatching(/; inactive_reason=hash_mismatch$/),
        // The line before it stands for the first of 60 rows.
        expect.stringMatching(/ \(59 times since this was last logged\); inactive_reason=hash_mismatch$/),
      ]);
      expect(entriesOf(engine.lines)).toContainEqual(
        expect.objectContaining({ model: broken, inactive_reason: "hash_mismatch" }),
      );
      for (const intent of await readIntents(sink)) {
        const answers = intent.models.map(({ model, nonPrediction }) => [model, nonPrediction]);
        expect(answers).toEqual(MODELS.map((model) => [model, model === broken ? "inactive: hash_mismatch" : null]));
      }
    },
  );
});
