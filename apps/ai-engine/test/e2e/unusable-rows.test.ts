import { join } from "node:path";
import { temporaryDirectory, writeEventLog, type Entry } from "@qsc-tooling/testkit";
import { FEATURES_EVENT_TYPE } from "@qsc/contract";
import { expect, test } from "vitest";
import { PATIENCE, startEngine, type Engine } from "./support/engine.js";
import { appendEntries, featureEntry } from "./support/features.js";
import { tabularEntries } from "./support/rows.js";
import { installModels } from "./support/test-models.js";

interface Fed extends AsyncDisposable {
  readonly engine: Engine;
  publish(entries: readonly Entry[]): Promise<void>;
}

/** An engine of two one-row models that has decided on five good rows of one symbol and is ready. */
async function fed(): Promise<Fed> {
  const directory = await temporaryDirectory();
  const models = join(directory.path, "models");
  await installModels(models, { a: { file: "tabular" }, b: { file: "tabular" } });
  const journal = join(directory.path, "features.ndjson");
  await writeEventLog(journal, tabularEntries(Date.now(), 5));
  const engine = startEngine({
    MODELS: "a,b",
    MODELS_DIR: models,
    FEATURE_SOURCE: `file:${journal}`,
    FEATURE_START: "beginning",
    INTENT_SINK: `file:${join(directory.path, "intents.ndjson")}`,
  });
  await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBe(5);
  expect((await engine.health()).status).toBe(200);
  return {
    engine,
    publish: (entries) => appendEntries(journal, entries),
    [Symbol.asyncDispose]: async () => {
      await engine[Symbol.asyncDispose]();
      await directory.remove();
    },
  };
}

const row = (payload: string): Entry => ({
  id: `${Date.now()}-1`,
  fields: { event_type: FEATURES_EVENT_TYPE, payload },
});
const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`f${index}`, index]));
const SYMBOL = '"symbol":"BTCUSDT"';

/** What makes a row unusable, and the metric that counts it. */
const REJECTED = (reason: string): string => `ai_engine_rejected_features_total{reason="${reason}"}`;
const UNUSABLE = 'ai_engine_inactive_total{model="a",reason="input_not_finite"}';
const MISSING = 'ai_engine_inactive_total{model="a",reason="input_missing"}';

test.each<[string, () => Entry, string]>([
  ["has no symbol", () => row('{"features":{"momentum":1}}'), REJECTED("missing_field")],
  ["has no features", () => row(`{${SYMBOL}}`), REJECTED("missing_field")],
  ["is not JSON", () => row("{"), REJECTED("unreadable_json")],
  ["has no ID", () => ({ id: "yesterday", fields: {} }), REJECTED("invalid_id")],
  ["has 2,000 features", () => row(`{${SYMBOL},"features":${JSON.stringify(many)}}`), REJECTED("too_large")],
  [
    "contains NaN",
    () => featureEntry(Date.now(), "BTCUSDT", { momentum: Number.NaN, rsi: 1, spread: 1, volume: 1 }),
    UNUSABLE,
  ],
  ["lacks a feature", () => featureEntry(Date.now(), "BTCUSDT", { rsi: 1, spread: 1, volume: 1 }), MISSING],
  [
    "is of another symbol and contains NaN",
    () => featureEntry(Date.now(), "ETHUSDT", { momentum: Number.NaN, rsi: 1, spread: 1, volume: 1 }),
    UNUSABLE,
  ],
])(
  "one row that %s leaves a healthy engine ready, and is counted; many are reported in /health",
  async (_, bad, counted) => {
    await using there = await fed();
    const { engine, publish } = there;
    await publish([bad()]);
    await expect.poll(() => engine.metric(counted), PATIENCE).toBe(1);
    expect((await engine.health()).said).toMatchObject({
      ready: true,
      not_ready: [],
      features_unusable: { rows: 1, of: 6 },
    });
    for (let n = 2; n <= 30; n += 1) {
      await publish([bad()]);
      await expect.poll(() => engine.metric(counted), PATIENCE).toBe(n);
    }
    const { status, said } = await engine.health();
    expect(status).toBe(503);
    expect(said).toMatchObject({ features_unusable: { rows: 30, of: 35 } });
    expect(said["not_ready"]).toContain("features_unusable");
    expect(said["why"]).toContainEqual(
      expect.stringContaining("30 of the newest 35 rows of features could not be used"),
    );
    await publish(tabularEntries(Date.now() + 1, 40));
    await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
  },
);

test("a symbol with every second row unusable is reported, even if its newest row is good", async () => {
  await using there = await fed();
  const { engine, publish } = there;
  const start = Date.now();
  await publish(
    tabularEntries(start, 60).map((entry, index) =>
      index % 2 === 0
        ? featureEntry(start + index, "BTCUSDT", { momentum: Number.NaN, rsi: 1, spread: 1, volume: 1 })
        : entry,
    ),
  );
  await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBe(65);
  expect((await engine.health()).said).toMatchObject({ ready: true, features_unusable: { rows: 30, of: 65 } });
  await publish(
    tabularEntries(start + 100, 40).map((entry, index) =>
      index % 2 === 0
        ? featureEntry(start + 100 + index, "BTCUSDT", { momentum: Number.NaN, rsi: 1, spread: 1, volume: 1 })
        : entry,
    ),
  );
  await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBe(105);
  expect((await engine.health()).said).toMatchObject({
    ready: false,
    not_ready: ["features_unusable"],
    features_unusable: { rows: 50, of: 100 },
  });
});
