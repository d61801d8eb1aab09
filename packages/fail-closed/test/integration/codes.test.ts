import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keyPair, modelSignature, temporaryDirectory } from "@qsc-tooling/testkit";
import { afterAll, describe, expect, test } from "vitest";
import {
  loadModel,
  MODEL_ERROR_CODES,
  onnxRuntime,
  type FailClosedModel,
  type InactivePrediction,
  type LoadOptions,
  type ModelErrorCode,
} from "../support/built.js";
import { FEATURES, install, modelFile, SEQUENCE, vector } from "../support/files.js";

const runtime = onnxRuntime();

/** How to provoke one code with real files and a real session. */
interface Case {
  readonly model?: string;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly options?: Partial<LoadOptions>;
  /** What happens to the files before they are loaded. */
  readonly before?: (directory: string) => Promise<void>;
  /** What happens to the model once it is loaded. */
  readonly then?: (model: FailClosedModel) => Promise<unknown>;
  /** BTCUSDT if omitted; null for none. */
  readonly symbol?: string | null;
  readonly features?: Readonly<Record<string, unknown>> | ArrayLike<number>;
  readonly says: RegExp;
}

const named = (given: Record<string, unknown>) => ({
  ...Object.fromEntries(FEATURES.map((name) => [name, 0.5])),
  ...given,
});
const predict = (model: FailClosedModel) => model.predict({ features: vector() });
const swap = async (directory: string) =>
  writeFile(join(directory, "model.onnx"), await readFile(modelFile("constant")));
const pinned = createHash("sha256")
  .update(await readFile(modelFile("tabular")))
  .digest("hex");

const keys = await temporaryDirectory();
afterAll(() => keys.remove());
const pair = keyPair("P-256");
const publicKey = join(keys.path, "models.pub.pem");
await writeFile(publicKey, pair.publicKey, { mode: 0o644 });
const signature = { trusted: [publicKey] };
const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
/** Signs these files of a directory, as OpenSSF's tool does. */
const signing =
  (names: readonly string[], { privateKey } = pair) =>
  async (directory: string) => {
    const hashes = await Promise.all(names.map(async (name) => [name, await sha256(join(directory, name))] as const));
    await writeFile(join(directory, "model.sig"), modelSignature({ files: Object.fromEntries(hashes), privateKey }));
  };
const signed = signing(["manifest.json", "model.onnx"]);

const rewritten = (encode: (text: string) => Uint8Array) => async (directory: string) => {
  const path = join(directory, "manifest.json");
  await writeFile(path, encode(await readFile(path, "utf8")));
};

const CASES: Readonly<Record<ModelErrorCode, readonly Case[]>> = {
  manifest_invalid: [
    {
      before: (directory) => rm(join(directory, "manifest.json")),
      says: /^Manifest manifest.json: there is no such file$/,
    },
    { before: (directory) => writeFile(join(directory, "manifest.json"), "{"), says: /it is not JSON/ },
    {
      before: rewritten((text) => Buffer.from(`\ufeff${text}`)),
      says: /^Manifest manifest.json: it begins with a byte order mark \(BOM\); save it as UTF-8 without one$/,
    },
    {
      before: rewritten((text) => Buffer.from(`\ufeff${text}`, "utf16le")),
      says: /^Manifest manifest.json: it is not UTF-8 text, perhaps UTF-16; save it as UTF-8$/,
    },
    {
      before: rewritten((text) => Buffer.from(text, "utf16le")),
      says: /^Manifest manifest.json: it is not UTF-8 text, perhaps UTF-16; save it as UTF-8$/,
    },
    {
      before: rewritten((text) => Buffer.from(text.replace("BUY", "B\u00fcY"), "latin1")),
      says: /^Manifest manifest.json: it is not UTF-8 text; save it as UTF-8$/,
    },
    { manifest: { sha265: pinned }, says: /'sha265' is not a key/ },
    { options: { name: "lgbm" }, says: /'name' is "xgb", expected "lgbm"/ },
    { manifest: { kind: "lightgbm" }, says: /'kind' is 'lightgbm', the runtime opens 'onnx'/ },
    { manifest: { input: { name: "z", shape: [1, 4] } }, says: /'input.name' says 'z', the model has 'x'/ },
    { model: "two-outputs", says: /'output.name' does not say which, the model has 'y', 'label'/ },
  ],
  model_missing: [
    { before: (directory) => rm(join(directory, "model.onnx")), says: /^Model file model.onnx is missing$/ },
  ],
  model_corrupt: [
    { model: "empty", says: /^Model file model.onnx is empty$/ },
    { model: "truncated", says: /^Model file model.onnx cannot be opened: .*protobuf/ },
    { manifest: { file: "manifest.json" }, says: /^Model file manifest.json cannot be opened/ },
  ],
  hash_mismatch: [
    {
      manifest: { sha256: pinned },
      before: swap,
      says: new RegExp(`SHA-256 [0-9a-f]{64}, the manifest pins ${pinned}`),
    },
  ],
  signature_missing: [{ options: { signature }, says: /^Signature model\.sig is missing$/ }],
  signature_invalid: [
    {
      options: { signature },
      before: signing(["manifest.json", "model.onnx"], keyPair("P-256")),
      says: /^Signature model\.sig proves nothing: it names the key .* not one of the trusted keys$/,
    },
    {
      options: { signature },
      before: (directory) => writeFile(join(directory, "model.sig"), "{}"),
      says: /^Signature model\.sig proves nothing: its 'signatures' are not a list$/,
    },
    {
      options: { signature },
      before: async (directory) => {
        await signed(directory);
        await swap(directory);
      },
      says: /^File model\.onnx has the SHA-256 [0-9a-f]{64}, and the signature model\.sig covers one with the SHA-256/,
    },
    {
      options: { signature },
      before: async (directory) => {
        await signed(directory);
        await rewritten((text) => Buffer.from(`${text}\n`))(directory);
      },
      says: /^File manifest\.json has the SHA-256/,
    },
    {
      options: { signature },
      before: signing(["model.onnx"]),
      says: /^File manifest\.json .* the signature model\.sig does not cover it$/,
    },
    {
      options: { signature: { trusted: [join(keys.path, "none.pem")] } },
      before: signed,
      says: /^Signature model\.sig proves nothing: Key file .*none\.pem cannot be read/,
    },
    {
      options: { signature: { ...signature, file: "manifest.json" } },
      says: /^Signature manifest\.json proves nothing/,
    },
    {
      options: { signature },
      before: (directory) => writeFile(join(directory, "model.sig"), Buffer.from([0xff, 0xfe])),
      says: /^Signature model\.sig cannot be read/,
    },
  ],
  probe_mismatch: [
    {
      manifest: { probe: { input: vector(), output: { label: "BUY", confidence: 0.9 } } },
      says: /^Golden probe: expected BUY with 0\.9, within 0\.001; found \w+ with 0\.\d+$/,
    },
  ],
  dimension_mismatch: [
    {
      manifest: { input: { shape: [1, 3] }, features: ["a", "b", "c"] },
      says: /declares the input \[1, 3\], the model takes \[1, 4\]/,
    },
    { manifest: SEQUENCE, says: /declares the input \[1, 8, 4\], the model takes \[1, 4\]/ },
    { model: "open-batch", manifest: { input: { shape: [1, 1, 4] } }, says: /the model takes \[any, 4\]/ },
    { manifest: { labels: ["SELL", "BUY"] }, says: /declares 2 labels, the model has 3/ },
    { model: "two-inputs", says: /^Model has 2 inputs, expected one$/ },
    { model: "whole-numbers", says: /^Model's input 'x' is of int64, expected float32 or float64$/ },
    { features: [1, 2, 3], says: /^Input has 3 values, the model takes 4$/ },
  ],
  input_missing: [
    {
      model: "sequence",
      manifest: SEQUENCE,
      symbol: null,
      says: /^Input has no symbol: a model of 8 rows keeps the rows of each symbol apart$/,
    },
    { features: { rsi: 1 }, says: /^Input lacks 'momentum', 'spread', 'volume'$/ },
  ],
  input_not_finite: [
    { features: named({ rsi: Number.NaN }), says: /^Input holds NaN in 'rsi'$/ },
    { features: named({ spread: "1" }), says: /^Input holds "1" in 'spread'$/ },
    { features: named({ volume: -1e39 }), says: /^Input holds -1e\+39 in 'volume', too large for float32$/ },
  ],
  insufficient_history: [{ model: "sequence", manifest: SEQUENCE, says: /^Input has 1 of 8 rows of BTCUSDT$/ }],
  output_invalid: [
    {
      model: "sometimes-not-a-number",
      features: vector(-2),
      says: /^Output holds NaN for 'SELL', not a number in \[0, 1\]$/,
    },
    { model: "not-a-number", says: /^Probe on zeros: Output holds NaN/ },
    { model: "no-probabilities", says: /^Probe on zeros: Output's probabilities sum up to 1.5, not 1$/ },
    { model: "labels-alone", says: /output 'y' is of int64, expected float32 or float64/ },
    { model: "two-outputs", manifest: { output: { name: "label" } }, says: /output 'label' is of int64/ },
  ],
  degenerate_output: [
    {
      model: "constant",
      then: async (model) => {
        for (let n = 0; n < 99; n += 1)
          expect(await predict(model)).toMatchObject({ status: "active", action: "SELL" });
      },
      says: /^Degenerate output detected: 100 % SELL, standard deviation of confidence 0, in the last 100 predictions$/,
    },
  ],
  timeout: [
    { model: "sometimes-slow", options: { timeLimitMs: 10 }, features: vector(300), says: /^No answer within 10 ms$/ },
    { options: { loadLimitMs: 0.001 }, says: /^Model was not loaded within 0.001 ms$/ },
  ],
  predict_failed: [
    {
      model: "sometimes-fails",
      features: vector(7),
      says: /^Predictor failed: Node Gather '': indices element out of data bounds, idx=7 must be within/,
    },
  ],
  closed: [{ then: (model) => model.close(), says: /^Model was closed$/ }],
};

test("a model that is signed as demanded serves, and one that loses its signature does not", async () => {
  await using directory = await temporaryDirectory();
  const path = await install(directory.path, "tabular");
  await signed(directory.path);
  const model = await loadModel(path, { runtime, signature });
  expect(await predict(model)).toMatchObject({ status: "active" });
  await rm(join(directory.path, "model.sig"));
  expect(await model.reload()).toMatchObject({ status: "inactive", reason: "signature_missing" });
  await signed(directory.path);
  expect(await model.reload()).toEqual({ status: "active" });
  await model.close();
});

const rows = MODEL_ERROR_CODES.flatMap((code) => CASES[code].map((given) => [code, given.says, given] as const));

describe("every reason, on real ONNX sessions", () => {
  test("occurs", () => {
    expect(new Set(rows.map(([code]) => code))).toEqual(new Set(MODEL_ERROR_CODES));
  });

  test.each(rows)(
    "%s: %s",
    async (
      code,
      says,
      { model = "tabular", manifest, options, before, then, symbol = "BTCUSDT", features = vector() },
    ) => {
      await using directory = await temporaryDirectory();
      const path = await install(directory.path, model, manifest);
      await before?.(directory.path);
      const loaded = await loadModel(path, { runtime, ...options });
      await then?.(loaded);
      // Ten of them: fewer rows without a symbol tell nothing of the model.
      for (let n = 0; symbol === null && n < 9; n += 1) await loaded.predict({ features });
      const prediction = await loaded.predict({ ...(symbol === null ? {} : { symbol }), features });
      expect(prediction).toMatchObject({ status: "inactive", reason: code, model: expect.any(String) });
      expect(prediction).not.toHaveProperty("action");
      expect(prediction).not.toHaveProperty("confidence");
      const { error } = prediction as InactivePrediction;
      expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
      expect(loaded.state).toEqual({ status: "inactive", reason: code, error });
      await loaded.close();
    },
  );
});
