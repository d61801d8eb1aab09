import { join } from "node:path";
import {
  describeRequiring,
  requireRedis,
  startRedis,
  temporaryDirectory,
  writeEventLog,
  writeStream,
  type Entry,
} from "@qsc-tooling/testkit";
import { DEFAULT_FEATURE_STREAM } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { startEngine, type Engine } from "./support/engine.js";
import { appendEntries, marketEntries } from "./support/features.js";
import { gate, verdicts } from "./support/gate.js";
import { decisionNumbers, readIntents } from "./support/intents.js";
import { breakModel, copyModels, MODELS } from "./support/models.js";

const ROWS = 20_000;
const SEED = 4242;
const DEGENERATE = "[PatchTST] QSC FAIL-CLOSED: Degenerate output detected";

interface Transport {
  readonly source: string;
  readonly sink: string;
  publish(entries: readonly Entry[]): Promise<void>;
}

/** Sends half of the rows to healthy models, then saturates patchtst, then sends the other half. */
async function run(transport: Transport, directory: string): Promise<void> {
  const models = await copyModels(directory);
  const rows = marketEntries(SEED, ROWS);
  await transport.publish(rows.slice(0, ROWS / 2));
  await using engine = startEngine({
    MODELS_DIR: models,
    FEATURE_SOURCE: transport.source,
    INTENT_SINK: transport.sink,
    FEATURE_START: "beginning",
    INTENT_BUFFER: String(ROWS),
  });
  await published(engine, ROWS / 2);
  const healthy = await gate(transport.sink, directory);
  expect(verdicts(healthy)).toEqual({ xgb: "pass", patchtst: "pass", nhits: "pass", dlinear: "pass" });
  expect(healthy).toMatchObject({
    code: 0,
    verdict: "pass",
    counts: { read: ROWS / 2, rejected: 0, duplicates: 0, judged: ROWS / 2 },
  });

  await breakModel(models, "patchtst", "patchtst-saturated");
  const loads = loaded(engine);
  engine.signal("SIGHUP");
  await expect.poll(() => loaded(engine), { timeout: 180_000 }).toBe(loads + MODELS.length);
  await transport.publish(rows.slice(ROWS / 2));
  await published(engine, ROWS);
  expect(await engine.line(DEGENERATE)).toContain("inactive_reason=degenerate_output");
  expect(await engine.metric('ai_engine_inactive_total{model="patchtst",reason="degenerate_output"}')).toBeGreaterThan(
    ROWS / 2 - 200,
  );
  engine.signal("SIGTERM");
  expect(await engine.exited).toBe(0);

  const intents = await readIntents(transport.sink);
  expect(decisionNumbers(intents)).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
  const reasons = new Set(
    intents
      .slice(-ROWS / 4)
      .map(({ models: answers }) => answers.find(({ model }) => model === "patchtst")?.nonPrediction),
  );
  expect([...reasons]).toEqual(["inactive: degenerate_output"]);
  const collapsed = await gate(transport.sink, directory);
  expect(verdicts(collapsed)).toEqual({ xgb: "pass", patchtst: "fail", nhits: "pass", dlinear: "pass" });
  expect(collapsed.code).toBe(0);
  expect(await gate(transport.sink, directory, ["--model", "patchtst"])).toMatchObject({ code: 2, verdict: "fail" });
}

function loaded({ lines }: Engine): number {
  return lines.filter((line) => line.includes('"msg":"model loaded"')).length;
}

async function published(engine: Engine, count: number): Promise<void> {
  await expect
    .poll(() => engine.metric("ai_engine_intents_published_total"), { timeout: 240_000, interval: 200 })
    .toBe(count);
}

describe("20,000 rows of features, with patchtst saturated halfway: every decision once, and the gate refuses only patchtst", () => {
  test("from an event log to an event log", async () => {
    await using directory = await temporaryDirectory();
    const features = join(directory.path, "features.ndjson");
    await writeEventLog(features, []);
    await run(
      {
        source: `file:${features}`,
        sink: `file:${join(directory.path, "intents.ndjson")}`,
        publish: (entries) => appendEntries(features, entries),
      },
      directory.path,
    );
  });

  describeRequiring(requireRedis(), "with a real Redis", () => {
    test("from a stream to a stream", async () => {
      await using directory = await temporaryDirectory();
      await using redis = await startRedis();
      await run(
        {
          source: redis.url,
          sink: redis.url,
          publish: (entries) => writeStream(redis.url, DEFAULT_FEATURE_STREAM, entries),
        },
        directory.path,
      );
    });
  });
});
