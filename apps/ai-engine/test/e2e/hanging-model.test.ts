import { join } from "node:path";
import { temporaryDirectory, writeEventLog } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { PATIENCE, startEngine } from "./support/engine.js";
import { featureEntry } from "./support/features.js";
import { readIntents } from "./support/intents.js";
import { installModels } from "./support/test-models.js";

/** Longer than the test can take on any machine. */
const FOR_EVER = 1e7;
const ROWS = 30;

test.each([
  ["by a signal", "true"],
  ["with its feed", "false"],
])(
  "an engine whose model hangs decides without it, and ends %s: every decision is published",
  async (_name, follow) => {
    await using directory = await temporaryDirectory();
    const models = join(directory.path, "models");
    await installModels(models, {
      hanging: { file: "sometimes-slow", manifest: { features: ["multiplications", "rsi", "spread", "volume"] } },
      healthy: { file: "tabular" },
    });
    const journal = join(directory.path, "features.ndjson");
    const row = { momentum: 0.1, rsi: 0.2, spread: 0.3, volume: 0.4, multiplications: FOR_EVER };
    await writeEventLog(
      journal,
      Array.from({ length: ROWS }, (_row, index) => featureEntry(Date.now() + index, "BTCUSDT", row)),
    );
    const sink = `file:${join(directory.path, "intents.ndjson")}`;
    await using engine = startEngine({
      MODELS: "hanging,healthy",
      MODELS_DIR: models,
      QUORUM: "1",
      MODEL_TIME_LIMIT_MS: "200",
      FEATURE_SOURCE: `file:${journal}`,
      FEATURE_START: "beginning",
      FEATURE_FOLLOW: follow,
      INTENT_SINK: sink,
    });
    if (follow === "true") {
      await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBe(ROWS);
      engine.signal("SIGTERM");
    }
    // No exit code: only SIGKILL ends a process whose thread computes in native code.
    expect(await engine.exited).toBeNull();
    expect(engine.stderr).toContain(
      "A model is still computing and cannot be interrupted: the engine ends itself by SIGKILL.",
    );
    const intents = await readIntents(sink);
    expect(intents).toHaveLength(ROWS);
    for (const { models: answers } of intents) {
      expect(answers.map(({ nonPrediction }) => nonPrediction)).toEqual(["inactive: timeout", null]);
    }
  },
);
