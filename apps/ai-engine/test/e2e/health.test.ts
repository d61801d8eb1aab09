import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { PATIENCE, startEngine } from "./support/engine.js";
import { copyModels } from "./support/models.js";

test("below the quorum the engine is not ready, and there is no decision", async () => {
  await using directory = await temporaryDirectory();
  const models = await copyModels(directory.path);
  const journal = join(directory.path, "intents.ndjson");
  await using engine = startEngine({
    MODELS_DIR: models,
    FEATURE_SOURCE: "synthetic:?seed=3&rate=200",
    INTENT_SINK: `file:${journal}`,
  });
  const url = await engine.url();
  await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBeGreaterThan(5);
  const ready = await fetch(`${url}/health`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({
    ready: true,
    active: 4,
    quorum: 3,
    intents_outage: null,
    models: { xgb: { status: "active" } },
  });

  for (const model of ["xgb", "nhits"]) await rm(join(models, model), { recursive: true });
  engine.signal("SIGHUP");
  await expect.poll(async () => (await fetch(`${url}/health`)).status, PATIENCE).toBe(503);
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
    ready: false,
    active: 2,
    models: { xgb: { status: "inactive", reason: "manifest_invalid" }, patchtst: { status: "active" } },
  });
  await expect.poll(() => engine.metric('ai_engine_decisions_total{side="NO_DECISION"}'), PATIENCE).toBeGreaterThan(0);
  expect(await engine.metric('ai_engine_model_active{model="xgb"}')).toBe(0);
  expect(await engine.metric('ai_engine_model_weight{model="xgb"}')).toBe(0.25);
  engine.signal("SIGINT");
  expect(await engine.exited).toBe(0);
  const last = (await readFile(journal, "utf8")).trimEnd().split("\n").at(-1) ?? "";
  expect(last).toContain('\\"side\\":\\"NO_DECISION\\"');
});

test("the server answers its two paths, and nothing else", async () => {
  await using directory = await temporaryDirectory();
  await using engine = startEngine({
    FEATURE_SOURCE: "synthetic:?rate=10",
    INTENT_SINK: `file:${join(directory.path, "intents.ndjson")}`,
  });
  const url = await engine.url();
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/health`, { method: "POST" })).status).toBe(405);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  for (const name of [
    "predictions_total",
    "inactive_total",
    "prediction_latency_seconds",
    "model_weight",
    "model_active",
    "rejected_features_total",
    "feed_lag_seconds",
    "intents_published_total",
    "intents_dropped_total",
    "intents_buffered",
    "decisions_total",
    "signals_withheld_total",
    "build_info",
  ]) {
    expect(metrics, name).toContain(`# TYPE ai_engine_${name} `);
  }
});

test("a port in use is reported, and nothing starts", async () => {
  await using directory = await temporaryDirectory();
  const settings = {
    FEATURE_SOURCE: "synthetic:?rate=10",
    INTENT_SINK: `file:${join(directory.path, "intents.ndjson")}`,
  };
  await using first = startEngine(settings);
  const { port } = new URL(await first.url());
  await using second = startEngine({
    ...settings,
    INTENT_SINK: `file:${join(directory.path, "others.ndjson")}`,
    HEALTH_PORT: port,
  });
  expect(await second.exited).toBe(1);
  expect(second.stderr).toContain(`Cannot listen on HEALTH_HOST '127.0.0.1' and HEALTH_PORT ${port} (`);
});
