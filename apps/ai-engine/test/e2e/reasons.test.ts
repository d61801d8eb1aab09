import { join } from "node:path";
import { temporaryDirectory, writeEventLog } from "@qsc-tooling/testkit";
import { MODEL_ERROR_CODES, type ModelErrorCode } from "@qsc/fail-closed";
import { expect, test } from "vitest";
import { startEngine } from "./support/engine.js";
import { featureEntry } from "./support/features.js";
import { readIntents } from "./support/intents.js";
import { installModels, type TestModel } from "./support/test-models.js";

const ROWS = 240;

const features = (first: string): string[] => [first, "rsi", "spread", "volume"];

/** Those that need signatures, and `closed`, which only an ended engine could report. */
const OTHERS = ["closed", "signature_missing", "signature_invalid"] as const;

/** A model for every other reason. */
const SICK: Readonly<Record<Exclude<ModelErrorCode, (typeof OTHERS)[number]>, TestModel>> = {
  manifest_invalid: { file: "tabular", manifest: "{" },
  model_missing: { file: null },
  model_corrupt: { file: "truncated" },
  hash_mismatch: { file: "tabular", manifest: { sha256: "0".repeat(64) } },
  probe_mismatch: {
    file: "tabular",
    manifest: { probe: { input: [0.5, 0.25, -0.5, 0.125], output: { label: "HOLD", confidence: 0.9 } } },
  },
  dimension_mismatch: { file: "tabular", manifest: { features: ["rsi", "spread"], input: { shape: [1, 2] } } },
  input_missing: { file: "tabular", manifest: { features: features("nobody_publishes_this") } },
  input_not_finite: { file: "tabular", manifest: { features: features("not_a_number") } },
  insufficient_history: { file: "sequence", manifest: { input: { shape: [1, 8, 4] } } },
  output_invalid: { file: "not-a-number" },
  degenerate_output: { file: "constant" },
  timeout: { file: "sometimes-slow", manifest: { features: features("multiplications") } },
  predict_failed: { file: "sometimes-fails", manifest: { features: features("row_of_three") } },
};

const HEALTHY: TestModel = { file: "tabular" };

test("telemetry, log line and metric name the same reason, on real ONNX sessions", async () => {
  expect([...Object.keys(SICK), ...OTHERS].toSorted()).toEqual([...MODEL_ERROR_CODES].toSorted());
  await using directory = await temporaryDirectory();
  const models = join(directory.path, "models");
  await installModels(models, { ...SICK, healthy: HEALTHY });
  const journal = join(directory.path, "features.ndjson");
  const start = Date.now() - ROWS;
  // Every symbol comes twice, so there is no history of eight rows.
  const rows = Array.from({ length: ROWS }, (_, index) =>
    featureEntry(start + index, `S${index % (ROWS / 2)}`, {
      momentum: Math.sin(index),
      rsi: Math.cos(index),
      spread: Math.sin(3 * index),
      volume: 0.5,
      not_a_number: Number.NaN,
      multiplications: 3000,
      row_of_three: 99,
    }),
  );
  await writeEventLog(journal, rows);
  const sink = `file:${join(directory.path, "intents.ndjson")}`;
  await using engine = startEngine({
    MODELS: ["healthy", ...Object.keys(SICK)].join(","),
    MODELS_DIR: models,
    QUORUM: "1",
    MODEL_TIME_LIMIT_MS: "400",
    FEATURE_SOURCE: `file:${journal}`,
    FEATURE_START: "beginning",
    FEATURE_FOLLOW: "true",
    INTENT_SINK: sink,
  });
  await expect.poll(() => engine.metric("ai_engine_intents_published_total"), { timeout: 180_000 }).toBe(ROWS);
  const intents = await readIntents(sink);
  for (const reason of Object.keys(SICK)) {
    const said = intents.map(({ models: answers }) => answers.find(({ model }) => model === reason)?.nonPrediction);
    // A model that collapses must first be seen doing so, over a window of 100.
    const expected = reason === "degenerate_output" ? [null, "inactive: degenerate_output"] : [`inactive: ${reason}`];
    expect([...new Set(said)], reason).toEqual(expected);
    expect(
      engine.lines.filter(
        (line) => line.startsWith(`[${reason}] QSC FAIL-CLOSED: `) && line.endsWith(`; inactive_reason=${reason}`),
      ),
      reason,
    ).toHaveLength(1);
    expect(await engine.metric(`ai_engine_inactive_total{model="${reason}",reason="${reason}"}`), reason).toBe(
      said.filter((each) => each !== null).length,
    );
  }
  const healthy = intents.map(({ models: answers }) => answers.find(({ model }) => model === "healthy")?.nonPrediction);
  expect([...new Set(healthy)]).toEqual([null]);
  engine.signal("SIGTERM");
  expect(await engine.exited).toBe(0);
});
