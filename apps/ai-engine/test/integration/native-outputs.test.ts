import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadModel } from "@qsc/fail-closed";
import { onnxRuntime } from "@qsc/fail-closed/onnx";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { beforeAll, describe, expect, test } from "vitest";

/** The largest allowed difference from the native runtime in any probability. */
const TOLERANCE = 1e-5;
const LABELS = ["SELL", "HOLD", "BUY"];
const MODELS = ["xgb", "patchtst", "nhits", "dlinear"];

interface Inputs {
  readonly features: readonly string[];
  readonly steps: number;
  readonly blocks: readonly { readonly rows: readonly (readonly number[])[] }[];
}

// Otherwise the runtime reports to its vendor. In the wrapper, the adapter sets this.
process.env["ORT_DISABLE_TELEMETRY"] = "1";

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const json = async (relative: string): Promise<unknown> => JSON.parse(await readFile(path(relative), "utf8"));

/** The windows of rows, oldest first: input i is window i. */
async function readWindows(): Promise<number[][][]> {
  const { blocks, steps } = (await json("test/native/inputs.json")) as Inputs;
  return blocks.flatMap(({ rows }) =>
    Array.from({ length: 10 }, (_, start) => rows.slice(start, start + steps).map((row) => [...row])),
  );
}

describe.each(MODELS)("%s answers like its native runtime", (name) => {
  let windows: number[][][];
  let native: number[][];

  beforeAll(async () => {
    windows = await readWindows();
    native = (await json(`test/native/${name}.json`)) as number[][];
    expect(windows).toHaveLength(100);
    expect(native).toHaveLength(100);
  });

  test("through the wrapper: the same label, and its probability", async () => {
    const model = await loadModel(path(`models/${name}/manifest.json`), { name, runtime: onnxRuntime() });
    try {
      expect(model.state).toEqual({ status: "active" });
      for (const [index, window] of windows.entries()) {
        const symbol = `S${index}`;
        for (const row of window.slice(0, -1)) model.remember({ symbol, features: row });
        const prediction = await model.predict({ symbol, features: window.at(-1) ?? [] });
        const expected = native[index] ?? [];
        const confidence = Math.max(...expected);
        expect(prediction).toMatchObject({ status: "active", action: LABELS[expected.indexOf(confidence)] });
        if (prediction.status === "active")
          expect(Math.abs(prediction.confidence - confidence)).toBeLessThanOrEqual(TOLERANCE);
      }
    } finally {
      await model.close();
    }
  });

  test("and its manifest's golden probes use such inputs, one for each label", async () => {
    const {
      probe,
      features,
      input: { shape },
    } = (await json(`models/${name}/manifest.json`)) as {
      probe: { input: Record<string, number[]>; output: { label: string; confidence: number } }[];
      features: string[];
      input: { shape: number[] };
    };
    expect(probe.map(({ output }) => output.label)).toEqual(LABELS);
    for (const { input, output } of probe) {
      const columns = (window: number[][]) =>
        features.map((_, column) => window.slice(shape.length === 3 ? 0 : -1).map((row) => row[column]));
      const index = windows.findIndex(
        (window) => JSON.stringify(columns(window)) === JSON.stringify(features.map((feature) => input[feature])),
      );
      expect(
        Math.abs(output.confidence - (native[index]?.[LABELS.indexOf(output.label)] ?? Number.NaN)),
      ).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  test("in every probability", async () => {
    const { file, input } = (await json(`models/${name}/manifest.json`)) as {
      file: string;
      input: { shape: number[] };
    };
    const session = await InferenceSession.create(path(`models/${name}/${file}`), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    const rows = input.shape.length === 3 ? (input.shape[1] ?? 1) : 1;
    for (const [index, window] of windows.entries()) {
      const data = Float32Array.from(window.slice(-rows).flat());
      const { probabilities } = await session.run({ input: new Tensor("float32", data, input.shape) });
      for (const [label, value] of [...(probabilities?.data as Float32Array)].entries()) {
        expect(Math.abs(value - (native[index]?.[label] ?? Number.NaN))).toBeLessThanOrEqual(TOLERANCE);
      }
    }
    await session.release();
  });
});
