import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { draftManifest, loadModel, onnxRuntime, type DraftOptions } from "../support/built.js";
import { FEATURES, LABELS, modelFile, ROWS, vector } from "../support/files.js";
import { classifier, logarithmic, random, withExternalData, withLabelOutput } from "../support/onnx-models.js";

const NAMES = { features: FEATURES, labels: LABELS };
const META = { feature_names: JSON.stringify(FEATURES), labels: LABELS.join(",") };

/** Drafts a manifest for a model of the tests, or for bytes, and loads the model by it. */
async function drafted(model: string | Uint8Array, options: DraftOptions) {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "model.onnx");
  await writeFile(path, typeof model === "string" ? await readFile(modelFile(model)) : model);
  const draft = await draftManifest(path, options);
  await writeFile(join(directory.path, "model.json"), draft.text);
  const loaded = await loadModel(join(directory.path, "model.json"), { runtime: onnxRuntime() });
  const { state, name, labels, features, rows } = loaded;
  await loaded.close();
  return { ...draft, document: JSON.parse(draft.text) as unknown, state, name, labels, features, rows };
}

describe("a drafted manifest", () => {
  test("loads, with hash, shape, names and the answer to each input", async () => {
    const { document, state, manifest } = await drafted("tabular", {
      ...NAMES,
      title: "Tabular",
      inputs: [[2, 0, 0, 0], { [FEATURES[0]!]: -2, [FEATURES[1]!]: 0, [FEATURES[2]!]: 0, [FEATURES[3]!]: 0 }],
      tolerance: 1e-5,
      metadata: { run: 7, data: { until: "2026-11-01" } },
    });
    expect(state).toEqual({ status: "active" });
    expect(document).toMatchObject({
      name: "model",
      title: "Tabular",
      kind: "onnx",
      file: "model.onnx",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      input: { name: "x", shape: [1, 4] },
      output: { name: "y" },
      ...NAMES,
      probe: [
        { output: { label: LABELS[0] }, tolerance: 1e-5 },
        { output: { label: LABELS[1] }, tolerance: 1e-5 },
      ],
      metadata: { run: 7, data: { until: "2026-11-01" } },
    });
    expect(manifest.metadata).toEqual({ run: 7, data: { until: "2026-11-01" } });
    expect(manifest.probes.map(({ tolerance }) => tolerance)).toEqual([1e-5, 1e-5]);
  });

  test("has the names that the file has in its metadata", async () => {
    const { features, labels } = await drafted(classifier({ metadata: META }), {});
    expect({ features, labels }).toEqual(NAMES);
  });

  test("has the labels that a label output picks from", async () => {
    const { labels } = await drafted(withLabelOutput({ strings: LABELS }), { features: FEATURES });
    expect(labels).toEqual(LABELS);
  });

  test.each([
    ["open-batch", [1, 4], 1, vector()],
    ["double", [1, 4], 1, vector()],
    ["sequence", [1, ROWS, 4], ROWS, Array.from({ length: ROWS }, () => vector())],
  ] as const)("of %s has the input %j", async (model, shape, rows, input) => {
    const { document, state, ...found } = await drafted(model, { ...NAMES, inputs: [input] });
    expect([document, state, found.rows]).toEqual([
      expect.objectContaining({ input: { name: "x", shape } }),
      { status: "active" },
      rows,
    ]);
  });

  test("of a model that zeros make invalid needs an input", async () => {
    const bytes = logarithmic();
    await expect(drafted(bytes, NAMES)).rejects.toMatchObject({ code: "output_invalid" });
    expect((await drafted(bytes, { ...NAMES, inputs: [[1, 1, 1, 1]] })).state).toEqual({ status: "active" });
  });
});

describe("no manifest is drafted", () => {
  test.each<[string, string | Uint8Array, DraftOptions, string, RegExp]>([
    [
      "without names of features",
      "tabular",
      { labels: LABELS },
      "invalid_option",
      /^features is undefined; it must be the names of the 4 features, in order, since the model's file does not say\.$/,
    ],
    [
      "without names of labels",
      "tabular",
      { features: FEATURES },
      "invalid_option",
      /^labels is undefined; it must be the names of the 3 labels/,
    ],
    ["with too few features", "tabular", { ...NAMES, features: ["a"] }, "dimension_mismatch", /takes \[1, 4\]/],
    [
      "with other names than the file's",
      classifier({ metadata: META }),
      { features: [...FEATURES].reverse() },
      "manifest_invalid",
      /'features'/,
    ],
    [
      "with too many labels",
      "tabular",
      { ...NAMES, labels: ["a", "b", "c", "d"] },
      "dimension_mismatch",
      /4 labels, the model has 3/,
    ],
    ["for an output that is not there", "tabular", { ...NAMES, output: "z" }, "manifest_invalid", /the model has 'y'/],
    ["for two inputs", "two-inputs", NAMES, "dimension_mismatch", /^Model has 2 inputs, expected one$/],
    [
      "for an input of another width",
      "tabular",
      { ...NAMES, inputs: [[1, 2]] },
      "manifest_invalid",
      /'probe.0.input' must have one row of the 4 features/,
    ],
    [
      "for an input that is not finite",
      "tabular",
      { ...NAMES, inputs: [[1, Number.NaN, 2, 3]] },
      "manifest_invalid",
      /finite numbers/,
    ],
    [
      "for a model that answers by chance",
      random(),
      { ...NAMES, inputs: [[1, 2, 3, 4]] },
      "probe_mismatch",
      /^Input 1: answered .* and then .*: such a model has no golden answer; leave the inputs out$/,
    ],
    ["for weights in another file", withExternalData("w.bin"), NAMES, "model_corrupt", /another file/],
    [
      "for what is not a model",
      Buffer.from("hello"),
      NAMES,
      "model_corrupt",
      /^Model file model.onnx cannot be opened: /,
    ],
    [
      "with an unknown option",
      "tabular",
      { ...NAMES, lables: LABELS } as DraftOptions,
      "invalid_option",
      /"lables" is not an option/,
    ],
    ["with a wide tolerance", "tabular", { ...NAMES, tolerance: 1 }, "invalid_option", /^tolerance is 1/],
    ["with a list as metadata", "tabular", { ...NAMES, metadata: [] as never }, "invalid_option", /keys of your own/],
  ])("%s", async (_, model, options, code, message) => {
    await expect(drafted(model, options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  test("for a file that is missing", async () => {
    await expect(draftManifest("/nowhere/model.onnx", NAMES)).rejects.toMatchObject({ code: "model_missing" });
  });
});
