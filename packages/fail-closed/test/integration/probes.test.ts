import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { loadModel, onnxRuntime } from "../support/built.js";
import { FEATURES, install, LABELS, ROWS, SEQUENCE, vector } from "../support/files.js";
import { installBytes, logarithmic } from "../support/onnx-models.js";

const runtime = onnxRuntime();

/** Loads one of the models, or bytes, with a manifest; answers its state and the hashes that it goes by. */
async function loaded(model: string | Uint8Array, manifest: Readonly<Record<string, unknown>>) {
  await using directory = await temporaryDirectory();
  const path = await (typeof model === "string"
    ? install(directory.path, model, manifest)
    : installBytes(directory.path, model, manifest));
  const opened = await loadModel(path, { runtime });
  const { state, artifactSha256, fileSha256, manifestSha256 } = opened;
  await opened.close();
  return { state, artifactSha256, fileSha256, manifestSha256 };
}

/** What tabular.onnx answers to vectors that it calls SELL, HOLD and BUY. */
const PROBES = await probesOf([
  [2, 0, 0, 0],
  [-2, 0, 0, 0],
  [0, 0, 0, 2],
]);

async function probesOf(inputs: readonly (readonly number[])[]) {
  await using directory = await temporaryDirectory();
  const model = await loadModel(await install(directory.path, "tabular"), { runtime });
  const probes = [];
  for (const input of inputs) {
    const prediction = await model.predict({ features: input });
    if (prediction.status !== "active") throw prediction.error;
    probes.push({ input, output: { label: prediction.action, confidence: prediction.confidence } });
  }
  await model.close();
  return probes;
}

const permuted = <T>(list: readonly T[], at: number, other: number): T[] =>
  list.map((item, index) => (index === at ? list[other]! : index === other ? list[at]! : item));

describe("golden probes", () => {
  test("that the model answers as the manifest says let it serve", async () => {
    expect(PROBES.map(({ output }) => output.label)).toEqual(LABELS);
    for (const probe of [PROBES, PROBES[0], [{ ...PROBES[1], tolerance: 1e-5 }]]) {
      expect((await loaded("tabular", { probe })).state).toEqual({ status: "active" });
    }
  });

  test("find any two labels that are swapped in the manifest", async () => {
    for (const [at, other] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const { state } = await loaded("tabular", { probe: PROBES, labels: permuted(LABELS, at, other) });
      expect(state).toMatchObject({ status: "inactive", reason: "probe_mismatch" });
    }
  });

  test("find features that are swapped in the manifest, where their inputs go by name", async () => {
    const probe = PROBES.map(({ input, output }) => ({
      input: Object.fromEntries(FEATURES.map((name, at) => [name, input[at]])),
      output,
    }));
    expect((await loaded("tabular", { probe })).state).toEqual({ status: "active" });
    expect((await loaded("tabular", { probe, features: permuted(FEATURES, 0, 3) })).state).toMatchObject({
      reason: "probe_mismatch",
    });
  });

  test("name what was expected and what was found", async () => {
    const [first] = PROBES;
    const { state } = await loaded("tabular", {
      probe: [first, { ...first, output: { ...first!.output, confidence: 0.5 }, tolerance: 0.01 }],
    });
    expect(state).toMatchObject({
      reason: "probe_mismatch",
      error: {
        message: `Golden probe 2 of 2: expected SELL with 0.5, within 0.01; found SELL with ${first!.output.confidence}`,
      },
    });
  });

  test("take the place of the probe on zeros, for which a logarithm has no answer", async () => {
    expect((await loaded(logarithmic(), {})).state).toMatchObject({
      reason: "output_invalid",
      error: { message: expect.stringContaining("Probe on zeros") },
    });
    const confidence = Math.exp(4) / (Math.exp(4) + 1 + Math.exp(-4));
    const probe = { input: [Math.E, 1, 1, 1], output: { label: "SELL", confidence } };
    expect((await loaded(logarithmic(), { probe })).state).toEqual({ status: "active" });
    const broken = { ...probe, input: [0, 1, 1, 1] };
    expect((await loaded(logarithmic(), { probe: broken })).state).toMatchObject({
      reason: "output_invalid",
      error: { message: expect.stringMatching(/^Golden probe: /) },
    });
  });

  test("of a sequence model are a window of rows", async () => {
    const rows = Array.from({ length: ROWS }, (_, n) => vector(n - 3));
    const { state } = await loaded("sequence", {
      ...SEQUENCE,
      probe: { input: rows, output: { label: "SELL", confidence: 1 } },
    });
    expect(state).toMatchObject({ reason: "probe_mismatch" });
    const found = /found (\w+) with (.*)$/.exec(state.status === "inactive" ? state.error.message : "") ?? [];
    const probe = { input: rows, output: { label: found[1], confidence: Number(found[2]) } };
    expect((await loaded("sequence", { ...SEQUENCE, probe })).state).toEqual({ status: "active" });
    const columns = Object.fromEntries(FEATURES.map((name, at) => [name, rows.map((row) => row[at])]));
    expect((await loaded("sequence", { ...SEQUENCE, probe: { ...probe, input: columns } })).state).toEqual({
      status: "active",
    });
    const reversed = { ...probe, input: rows.map((row) => [...row].reverse()) };
    expect((await loaded("sequence", { ...SEQUENCE, probe: reversed })).state).toMatchObject({
      reason: "probe_mismatch",
    });
  });
});

describe("the identity of a model", () => {
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["reversed features", { features: [...FEATURES].reverse() }],
    ["two labels swapped", { labels: permuted(LABELS, 0, 2) }],
    ["another title", { title: "Another" }],
  ])("is another one with %s, though the file is the same", async (_, manifest) => {
    const [plain, changed] = [await loaded("tabular", {}), await loaded("tabular", manifest)];
    expect([plain.state, changed.state]).toEqual([{ status: "active" }, { status: "active" }]);
    expect(changed.fileSha256).toBe(plain.fileSha256);
    expect(changed.manifestSha256).not.toBe(plain.manifestSha256);
    expect(changed.artifactSha256).not.toBe(plain.artifactSha256);
  });

  test("is another one with another file under the same manifest", async () => {
    const [one, other] = [await loaded("tabular", {}), await loaded("constant", {})];
    expect(other.manifestSha256).toBe(one.manifestSha256);
    expect(other.artifactSha256).not.toBe(one.artifactSha256);
  });
});
