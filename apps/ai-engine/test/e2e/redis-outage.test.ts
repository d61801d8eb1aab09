import { createServer } from "node:net";
import { describeRequiring, requireRedis, startRedis } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { entriesOf, PATIENCE, startEngine } from "./support/engine.js";
import { decisionNumbers, readIntents } from "./support/intents.js";

const RATE = 200;

describeRequiring(requireRedis(), "Redis killed in the middle of a run", () => {
  test("what the buffer can hold is published when it is back, each decision once", async () => {
    await using redis = await startRedis({ persistent: true });
    await using engine = startEngine({ FEATURE_SOURCE: `synthetic:?rate=${RATE}`, INTENT_SINK: redis.url, INTENT_BUFFER: "20000" });
    await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBeGreaterThan(100);
    await redis.kill();
    await engine.line("decisions cannot be published");
    await expect.poll(() => engine.metric("ai_engine_intents_buffered"), PATIENCE).toBeGreaterThan(500);
    await redis.restart();
    await engine.line("decisions can be published again");
    await expect.poll(() => engine.metric("ai_engine_intents_buffered"), PATIENCE).toBeLessThan(50);
    engine.signal("SIGTERM");
    expect(await engine.exited).toBe(0);
    expect(entriesOf(engine.lines).at(-1)).toMatchObject({ msg: "the engine ends", undelivered: 0 });
    const numbers = decisionNumbers(await readIntents(redis.url));
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
  });

  test("what the buffer cannot hold is counted, said, and missing from the telemetry, to the last one", async () => {
    await using redis = await startRedis({ persistent: true });
    await using engine = startEngine({ FEATURE_SOURCE: `synthetic:?rate=${RATE}`, INTENT_SINK: redis.url, INTENT_BUFFER: "300" });
    await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBeGreaterThan(100);
    await redis.kill();
    await engine.line("decisions are lost: the buffer is full");
    await expect.poll(() => engine.metric("ai_engine_intents_dropped_total"), PATIENCE).toBeGreaterThan(200);
    await redis.restart();
    await engine.line("decisions can be published again");
    await expect.poll(() => engine.metric("ai_engine_intents_buffered"), PATIENCE).toBeLessThan(50);
    const counted = await engine.metric("ai_engine_intents_dropped_total");
    engine.signal("SIGTERM");
    expect(await engine.exited).toBe(0);
    const end = entriesOf(engine.lines).at(-1);
    expect(end).toMatchObject({ msg: "the engine ends", undelivered: 0 });
    const dropped = Number(end?.["dropped"]);
    expect(dropped).toBeGreaterThanOrEqual(counted);
    const numbers = decisionNumbers(await readIntents(redis.url));
    const last = numbers.at(-1) ?? 0;
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(last - numbers.length).toBe(dropped);
  });

  test("an engine that cannot deliver ends with 0 all the same, and says how many are lost", async () => {
    await using redis = await startRedis();
    await using engine = startEngine({ FEATURE_SOURCE: `synthetic:?rate=${RATE}`, INTENT_SINK: redis.url });
    await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBeGreaterThan(10);
    await redis.kill();
    await expect.poll(() => engine.metric("ai_engine_intents_buffered"), PATIENCE).toBeGreaterThan(10);
    engine.signal("SIGTERM");
    expect(await engine.exited).toBe(0);
    const end = entriesOf(engine.lines).at(-1);
    expect(end).toMatchObject({ msg: "the engine ends", level: 50 });
    expect(end?.["undelivered"]).toBeGreaterThan(10);
  });
});

test("an engine whose Redis is not there yet starts, keeps its decisions, and is ready", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  await using engine = startEngine({ FEATURE_SOURCE: "synthetic:?rate=50", INTENT_SINK: `redis://127.0.0.1:${port}` });
  await engine.line("decisions cannot be published");
  const health = await fetch(`${await engine.url()}/health`);
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ ready: true, intents_outage: "source_unreachable" });
});
