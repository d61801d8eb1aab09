import { join } from "node:path";
import { temporaryDirectory, writeEventLog } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { PATIENCE, startEngine } from "./support/engine.js";
import { appendEntries, featureEntry } from "./support/features.js";
import { readIntents } from "./support/intents.js";
import { installModels } from "./support/test-models.js";

const ROWS = 4000;
const MODELS = ["a", "b"];

test("a symbol that sends NaN loses only its own predictions, and does not affect readiness or flood the log", async () => {
  await using directory = await temporaryDirectory();
  const models = join(directory.path, "models");
  await installModels(models, { a: { file: "tabular" }, b: { file: "tabular" } });
  const journal = join(directory.path, "features.ndjson");
  const sink = `file:${join(directory.path, "intents.ndjson")}`;
  await writeEventLog(journal, []);
  await using engine = startEngine({
    MODELS: MODELS.join(","),
    MODELS_DIR: models,
    FEATURE_SOURCE: `file:${journal}`,
    FEATURE_START: "beginning",
    INTENT_SINK: sink,
  });
  await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
  const start = Date.now();
  await appendEntries(
    journal,
    Array.from({ length: ROWS }, (_, index) => {
      const momentum = index % 4 === 3 ? Number.NaN : Math.sin(index);
      return featureEntry(start + index, `S${index % 4}`, {
        momentum,
        rsi: Math.cos(index),
        spread: Math.sin(3 * index),
        volume: 0.5,
      });
    }),
  );
  const statuses = new Set<number>();
  const published = async (): Promise<number> => {
    statuses.add((await engine.health()).status);
    return engine.metric("ai_engine_intents_published_total");
  };
  await expect.poll(published, { ...PATIENCE, interval: 1 }).toBe(ROWS);
  expect([...statuses]).toEqual([200]);
  for (const model of MODELS) {
    expect(await engine.metric(`ai_engine_inactive_total{model="${model}",reason="input_not_finite"}`)).toBe(ROWS / 4);
    expect(await engine.metric(`ai_engine_model_active{model="${model}"}`)).toBe(1);
  }
  engine.signal("SIGTERM");
  expect(await engine.exited).toBe(0);
  for (const { symbol, models: answers } of await readIntents(sink)) {
    expect(answers.map(({ nonPrediction }) => nonPrediction)).toEqual(
      MODELS.map(() => (symbol === "S3" ? "inactive: input_not_finite" : null)),
    );
  }
  const said = engine.lines.filter((line) => line.includes("QSC FAIL-CLOSED"));
  const what = "Input holds NaN in 'momentum'";
  expect(said.slice(0, 2)).toEqual(
    MODELS.map((model) => `[${model}] QSC FAIL-CLOSED: ${what}; inactive_reason=input_not_finite`),
  );
  // What was held back is counted, to the last line.
  for (const model of MODELS) {
    const times = said
      .filter((line) => line.startsWith(`[${model}]`))
      .map((line) => Number(/\((\d+) times since/.exec(line)?.[1] ?? 1));
    expect(times.reduce((sum, each) => sum + each, 0)).toBe(ROWS / 4);
  }
  expect(engine.lines.length).toBeLessThan(40);
});
