import { createServer } from "node:net";
import { describeRequiring, requireRedis, startRedis, writeStream } from "@qsc-tooling/testkit";
import { DEFAULT_FEATURE_STREAM } from "@qsc/contract";
import { expect, test } from "vitest";
import { entriesOf, PATIENCE, startEngine, type Engine } from "./support/engine.js";
import { marketEntries } from "./support/features.js";
import { decisionNumbers, readIntents } from "./support/intents.js";

const RATE = 200;
/** Rows per second when several engines run. */
const SLOW = 20;
const OUTAGE_S = 20;

/** What an engine logs about its whole run when it ends. */
function endOf({ lines }: Engine): {
  readonly decisions: number;
  readonly undelivered: number;
  readonly dropped: number;
} {
  const entries = entriesOf(lines);
  const { decisions } = entries.find(({ msg }) => msg === "the feed has ended") as unknown as {
    readonly decisions: number;
  };
  const end = entries.at(-1) as unknown as { readonly undelivered: number; readonly dropped: number };
  return { decisions, undelivered: end.undelivered, dropped: end.dropped };
}

describeRequiring(requireRedis(), "Redis killed in the middle of a run", () => {
  test("decisions that fit in the buffer are published when it is back, each once", async () => {
    await using redis = await startRedis({ persistent: true });
    await using engine = startEngine({
      FEATURE_SOURCE: `synthetic:?rate=${RATE}`,
      INTENT_SINK: redis.url,
      INTENT_BUFFER: "20000",
    });
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

  test("decisions that do not fit in the buffer are counted, logged, and missing from the telemetry, exactly", async () => {
    await using redis = await startRedis({ persistent: true });
    await using engine = startEngine({
      FEATURE_SOURCE: `synthetic:?rate=${RATE}`,
      INTENT_SINK: redis.url,
      INTENT_BUFFER: "300",
    });
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

  test("for 20 s: buffered decisions come later, lost ones are counted, and all features on the same Redis are decided on", async () => {
    await using redis = await startRedis({ persistent: true });
    const synthetic = { FEATURE_SOURCE: `synthetic:?rate=${SLOW}`, INTENT_SINK: redis.url };
    await using roomy = startEngine({ ...synthetic, INTENT_STREAM: "intents:roomy" });
    await using tight = startEngine({ ...synthetic, INTENT_STREAM: "intents:tight", INTENT_BUFFER: "40" });
    // Enough rows of each symbol for every model's history.
    await writeStream(redis.url, DEFAULT_FEATURE_STREAM, marketEntries(1, 300));
    await using fed = startEngine({
      FEATURE_SOURCE: redis.url,
      FEATURE_START: "beginning",
      INTENT_SINK: redis.url,
      INTENT_STREAM: "intents:fed",
    });
    for (const engine of [roomy, tight])
      await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBeGreaterThan(20);
    await expect.poll(() => fed.metric("ai_engine_intents_published_total"), PATIENCE).toBe(300);

    await redis.kill();
    await Promise.all([
      roomy.line("decisions cannot be published"),
      tight.line("decisions cannot be published"),
      fed.line("features cannot be read"),
    ]);
    // The synthetic market keeps its pace: this many rows are 20 s.
    await expect
      .poll(() => roomy.metric("ai_engine_intents_buffered"), PATIENCE)
      .toBeGreaterThanOrEqual(OUTAGE_S * SLOW);
    expect((await roomy.health()).said).toMatchObject({
      ready: false,
      not_ready: ["intents_late"],
      intents_outage: "source_unreachable",
    });
    expect((await tight.health()).said).toMatchObject({
      ready: false,
      not_ready: ["intents_late", "intents_buffer_full"],
    });
    expect((await fed.health()).said).toMatchObject({
      ready: false,
      not_ready: ["features_not_read"],
      features_outage: "source_unreachable",
    });
    await redis.restart();
    await fed.line("features can be read again");
    await writeStream(redis.url, DEFAULT_FEATURE_STREAM, marketEntries(2, 100));
    await expect.poll(() => fed.metric("ai_engine_intents_published_total"), PATIENCE).toBe(400);

    await Promise.all(
      [roomy, tight, fed].map(async (engine) => {
        await expect.poll(() => engine.metric("ai_engine_intents_buffered"), PATIENCE).toBeLessThan(20);
        await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
        engine.signal("SIGTERM");
        expect(await engine.exited).toBe(0);
      }),
    );
    const [all, some, decided] = await Promise.all(
      ["roomy", "tight", "fed"].map((name) => readIntents(redis.url, `intents:${name}`)),
    );
    expect(decisionNumbers(all ?? [])).toEqual(Array.from({ length: endOf(roomy).decisions }, (_, index) => index + 1));
    expect(endOf(roomy)).toMatchObject({ undelivered: 0, dropped: 0 });
    expect(decisionNumbers(decided ?? [])).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    const { decisions, dropped, undelivered } = endOf(tight);
    expect(new Set(decisionNumbers(some ?? [])).size).toBe(decisions - dropped);
    expect([some?.length, undelivered]).toEqual([decisions - dropped, 0]);
    expect(dropped).toBeGreaterThan((OUTAGE_S - 4) * SLOW);
  });

  test("an engine that cannot deliver still ends with 0, and says how many decisions are lost", async () => {
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

test("an engine whose Redis does not exist yet starts, keeps its decisions, and is not ready while they wait", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  await using engine = startEngine({ FEATURE_SOURCE: "synthetic:?rate=50", INTENT_SINK: `redis://127.0.0.1:${port}` });
  await engine.line("decisions cannot be published");
  await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(503);
  expect((await engine.health()).said).toMatchObject({
    ready: false,
    not_ready: ["intents_late"],
    intents_outage: "source_unreachable",
  });
});
