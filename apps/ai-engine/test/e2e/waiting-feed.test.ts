import { join } from "node:path";
import {
  describeRequiring,
  requireRedis,
  startRedis,
  temporaryDirectory,
  writeEventLog,
  writeStream,
} from "@qsc-tooling/testkit";
import { DEFAULT_FEATURE_STREAM } from "@qsc/contract";
import { expect, test } from "vitest";
import { PATIENCE, startEngine, type Engine } from "./support/engine.js";
import { marketEntries } from "./support/features.js";
import { decisionNumbers, readIntents } from "./support/intents.js";

const ROWS = 240;

/** The engine waits for its features and says so. When they appear, it decides on every one. */
async function waitsFor(engine: Engine, sink: string, appear: () => Promise<void>): Promise<void> {
  await engine.line("features cannot be read");
  const { status, said } = await engine.health();
  expect([status, said["not_ready"], said["features_outage"]]).toEqual([503, ["features_not_read"], "source_missing"]);
  await appear();
  await engine.line("features can be read again");
  await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBe(ROWS);
  await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
  engine.signal("SIGTERM");
  expect(await engine.exited).toBe(0);
  expect(decisionNumbers(await readIntents(sink))).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
}

describeRequiring(requireRedis(), "an engine whose Redis has no features yet", () => {
  test("waits, is not ready, and decides on every row when they come", async () => {
    await using redis = await startRedis();
    await using engine = startEngine({ FEATURE_SOURCE: redis.url, INTENT_SINK: redis.url });
    await waitsFor(engine, redis.url, () => writeStream(redis.url, DEFAULT_FEATURE_STREAM, marketEntries(3, ROWS)));
  });
});

test("an engine waits for an event log that does not exist yet", async () => {
  await using directory = await temporaryDirectory();
  const journal = join(directory.path, "features.ndjson");
  const sink = `file:${join(directory.path, "intents.ndjson")}`;
  await using engine = startEngine({ FEATURE_SOURCE: `file:${journal}`, INTENT_SINK: sink });
  await waitsFor(engine, sink, () => writeEventLog(journal, marketEntries(3, ROWS)));
});
