import { createHash } from "node:crypto";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRandom, temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { createEnsemble, loadModel, onnxRuntime, type ModelEvent } from "../support/built.js";
import { install, manifestText, modelFile, ROWS, SEQUENCE, vector } from "../support/files.js";

const runtime = onnxRuntime();
const sha256 = (content: Uint8Array | string) => createHash("sha256").update(content).digest("hex");
const hashOf = async (name: string) => sha256(await readFile(modelFile(name)));

/** What the README says identifies a model: its file and its manifest. */
async function hashesOf(manifest: string) {
  const [fileSha256, manifestSha256] = [
    sha256(await readFile(join(manifest, "../model.onnx"))),
    sha256(await readFile(manifest)),
  ];
  return { fileSha256, manifestSha256, artifactSha256: sha256(`${fileSha256}\n${manifestSha256}\n`) };
}

/** What tabular.onnx computes, in double precision. */
function oracle(features: readonly number[]): { action: string; confidence: number } {
  const weights = [
    [1, -1, 0],
    [-1, 1, 0.5],
    [0.5, 0.25, -1],
    [0.25, -0.5, 1],
  ];
  const powers = [0, 1, 2].map((label) =>
    Math.exp(features.reduce((sum, value, at) => sum + value * weights[at]![label]!, 0)),
  );
  const best = powers.indexOf(Math.max(...powers));
  return { action: ["SELL", "HOLD", "BUY"][best]!, confidence: powers[best]! / powers.reduce((a, b) => a + b) };
}

describe("a healthy model", () => {
  test("answers what its weights say, under the hash of its file and its manifest", async () => {
    await using directory = await temporaryDirectory();
    const path = await install(directory.path, "tabular", { sha256: await hashOf("tabular") });
    const hashes = await hashesOf(path);
    const { artifactSha256 } = hashes;
    const model = await loadModel(path, { runtime });
    const random = createRandom(20_251_122);
    for (let n = 0; n < 50; n += 1) {
      const features = Array.from({ length: 4 }, () => random.normal());
      const { action, confidence } = oracle(features);
      const prediction = await model.predict({ features });
      expect(prediction).toMatchObject({ status: "active", model: "xgb", action, artifactSha256, featureDim: 4 });
      expect(prediction).toHaveProperty("confidence", expect.closeTo(confidence, 5));
    }
    expect(model).toMatchObject({
      name: "xgb",
      title: "xgb",
      rows: 1,
      labels: ["SELL", "HOLD", "BUY"],
      state: { status: "active" },
      ...hashes,
    });
    expect(hashes.fileSha256).toBe(await hashOf("tabular"));
    await model.close();
  });

  test("of sequences averages the last rows of a symbol", async () => {
    await using directory = await temporaryDirectory();
    const model = await loadModel(await install(directory.path, "sequence", SEQUENCE), { runtime, title: "PatchTST" });
    const series = Array.from({ length: ROWS + 4 }, (_, n) => vector(n - 6));
    for (const features of series.slice(0, ROWS - 1)) model.remember({ symbol: "BTC", features });
    for (let n = ROWS; n <= series.length; n += 1) {
      const window = series.slice(n - ROWS, n);
      const mean = vector().map((_, at) => window.reduce((sum, row) => sum + row[at]!, 0) / ROWS);
      const { action, confidence } = oracle(mean);
      const prediction = await model.predict({ symbol: "BTC", features: series[n - 1]! });
      expect(prediction).toMatchObject({ status: "active", action });
      expect(prediction).toHaveProperty("confidence", expect.closeTo(confidence, 5));
    }
    expect(await model.predict({ symbol: "ETH", features: vector() })).toMatchObject({
      reason: "insufficient_history",
    });
    expect(model).toMatchObject({ rows: ROWS, title: "PatchTST" });
    await model.close();
  });

  test.each([
    ["open-batch", {}],
    ["double", {}],
    ["two-outputs", { output: { name: "y" }, input: { name: "x", shape: [1, 4] } }],
  ])("%s", async (name, manifest) => {
    await using directory = await temporaryDirectory();
    const model = await loadModel(await install(directory.path, name, manifest), {
      runtime: onnxRuntime({ threads: 2 }),
    });
    expect(await model.predict({ features: vector() })).toMatchObject({
      status: "active",
      action: oracle(vector()).action,
    });
    await model.close();
  });

  test("tells what it loads before it is known to be good, then that it is", async () => {
    await using directory = await temporaryDirectory();
    const events: ModelEvent[] = [];
    const onEvent = (event: ModelEvent) => events.push(event);
    const path = await install(directory.path, "tabular");
    const model = await loadModel(path, { runtime, onEvent });
    const { fileSha256, manifestSha256, artifactSha256 } = await hashesOf(path);
    expect(events).toEqual([
      {
        kind: "loading",
        model: "xgb",
        title: "xgb",
        file: "model.onnx",
        sha256: fileSha256,
        manifestSha256,
        artifactSha256,
        featureDim: 4,
      },
      { kind: "loaded", model: "xgb", title: "xgb", artifactSha256 },
    ]);
    await model.close();
  });
});

describe("reload", () => {
  test("activates a model, deactivates it, and never keeps an old file", async () => {
    await using directory = await temporaryDirectory();
    const path = await install(directory.path, "truncated");
    const kinds: string[] = [];
    const model = await loadModel(path, { runtime, onEvent: ({ kind }) => kinds.push(kind) });
    expect(model.state).toMatchObject({ reason: "model_corrupt" });
    expect(model).toMatchObject(await hashesOf(path));

    await install(directory.path, "tabular");
    expect(await model.reload()).toEqual({ status: "active" });
    expect(await model.predict({ features: vector() })).toMatchObject({
      status: "active",
      artifactSha256: (await hashesOf(path)).artifactSha256,
    });

    await writeFile(path, manifestText({ sha256: "0".repeat(64) }));
    expect(await model.reload()).toMatchObject({ reason: "hash_mismatch" });
    expect(await model.predict({ features: vector() })).toMatchObject({ reason: "hash_mismatch", latencyMs: null });

    await writeFile(path, "");
    expect(await model.reload()).toMatchObject({ reason: "manifest_invalid" });
    expect(await model.predict({ features: vector() })).toMatchObject({
      model: "xgb",
      artifactSha256: null,
      featureDim: null,
    });
    expect(model).toMatchObject({
      features: [],
      labels: [],
      artifactSha256: null,
      fileSha256: null,
      manifestSha256: null,
    });
    expect(kinds).toEqual([
      "loading",
      "inactive",
      "loading",
      "loaded",
      "active",
      "prediction",
      "loading",
      "inactive",
      "prediction",
      "inactive",
      "prediction",
    ]);
    await model.close();
  });

  test("keeps the rows of a sequence model, those that came while it was broken too", async () => {
    await using directory = await temporaryDirectory();
    const path = await install(directory.path, "sequence", SEQUENCE);
    const model = await loadModel(path, { runtime });
    for (let n = 0; n < ROWS - 2; n += 1) model.remember({ symbol: "BTC", features: vector(n) });
    await install(directory.path, "empty", SEQUENCE);
    await model.reload();
    expect(await model.predict({ symbol: "BTC", features: vector() })).toMatchObject({ reason: "model_corrupt" });
    await install(directory.path, "sequence", SEQUENCE);
    await model.reload();
    expect(await model.predict({ symbol: "BTC", features: vector() })).toMatchObject({ status: "active" });

    await install(directory.path, "sequence", { ...SEQUENCE, features: ["rsi", "momentum", "spread", "volume"] });
    await model.reload();
    expect(await model.predict({ symbol: "BTC", features: vector() })).toMatchObject({
      reason: "insufficient_history",
    });
    await model.close();
  });

  test("answers every prediction during other reloads and a close", async () => {
    await using directory = await temporaryDirectory();
    const model = await loadModel(await install(directory.path, "tabular"), { runtime });
    const predictions = Array.from({ length: 20 }, () => model.predict({ features: vector() }));
    const reloads = [model.reload(), model.reload()];
    predictions.push(model.predict({ features: vector() }));
    const closed = model.close();
    reloads.push(model.reload());
    for (const { status } of await Promise.all(predictions)) expect(status).toBe("active");
    for (const state of await Promise.all(reloads)) expect(state).toMatchObject({ reason: "closed" });
    await closed;
    expect(await model.predict({ features: vector() })).toMatchObject({ reason: "closed" });
    await model.close();
  });

  test("of the same artefact keeps its window, over a broken file too; another begins its own", async () => {
    await using directory = await temporaryDirectory();
    const path = await install(directory.path, "constant");
    const model = await loadModel(path, { runtime, degeneracy: { window: 3 } });
    const predict = async () => (await model.predict({ features: vector() })).status;
    expect([await predict(), await predict()]).toEqual(["active", "active"]);
    expect(await model.reload()).toEqual({ status: "active" });
    expect(await predict()).toBe("inactive");
    expect(await model.reload()).toMatchObject({ status: "inactive", reason: "degenerate_output" });

    await install(directory.path, "truncated");
    expect(await model.reload()).toMatchObject({ reason: "model_corrupt" });
    await install(directory.path, "constant");
    expect(await model.reload()).toMatchObject({ reason: "degenerate_output" });
    expect(await predict()).toBe("inactive");

    await writeFile(path, manifestText({ title: "Another" }));
    expect(await model.reload()).toEqual({ status: "active" });
    expect([await predict(), await predict(), await predict()]).toEqual(["active", "active", "inactive"]);
    await model.close();
  });
});

test("an ensemble of real models continues without the broken one, and stops below its quorum", async () => {
  await using directory = await temporaryDirectory();
  const load = async (name: string) => {
    await copyFile(modelFile("tabular"), join(directory.path, `${name}.onnx`));
    await writeFile(join(directory.path, `${name}.json`), manifestText({ name, file: `${name}.onnx` }));
    return loadModel(join(directory.path, `${name}.json`), { runtime, name });
  };
  const models = await Promise.all([load("a"), load("b"), load("c")]);
  const ensemble = createEnsemble({
    models,
    weights: new Map([
      ["a", 0.5],
      ["b", 0.25],
      ["c", 0.25],
    ]),
    quorum: 2,
  });
  const { action } = oracle(vector());
  expect((await ensemble.decide({ features: vector() })).decision).toMatchObject({
    kind: "decision",
    action,
    active: 3,
  });

  await copyFile(modelFile("empty"), join(directory.path, "a.onnx"));
  await ensemble.reload();
  const { predictions, decision } = await ensemble.decide({ features: vector() });
  expect(predictions.map((prediction) => (prediction.status === "active" ? "active" : prediction.reason))).toEqual([
    "model_corrupt",
    "active",
    "active",
  ]);
  expect(decision).toMatchObject({
    kind: "decision",
    action,
    agreeing: 2,
    active: 2,
    total: 3,
    weights: new Map([
      ["b", 0.5],
      ["c", 0.5],
    ]),
  });

  await copyFile(modelFile("truncated"), join(directory.path, "b.onnx"));
  expect((await ensemble.reload()).get("b")).toMatchObject({ reason: "model_corrupt" });
  expect(ensemble).toMatchObject({ activeCount: 1, hasQuorum: false });
  expect((await ensemble.decide({ features: vector() })).decision).toEqual({
    kind: "no_decision",
    reason: "below_quorum",
    active: 1,
    quorum: 2,
    total: 3,
  });
  await ensemble.close();
});
