import { describeRequiring, requireRedis, startRedis } from "@qsc-tooling/testkit";
import { DEFAULT_STREAM, idTime } from "@qsc/contract";
import { test, type ExpectStatic } from "vitest";
import { entriesOf, PATIENCE, startEngine, type Engine } from "./support/engine.js";
import { readIntents } from "./support/intents.js";
import { redisCommand } from "./support/redis-command.js";
import { startSentinel } from "./support/sentinel.js";

const SYNTHETIC = { FEATURE_SOURCE: "synthetic:?rate=50" };

const notReady = async (engine: Engine): Promise<unknown> => (await engine.health()).said["not_ready"];

/** The engine reports on its own that decisions are not delivered, why, and for how long. */
async function saysItIsLate(expect: ExpectStatic, engine: Engine): Promise<void> {
  await expect.poll(() => notReady(engine), PATIENCE).toContain("intents_late");
  const { status, said } = await engine.health();
  expect(status).toBe(503);
  expect(said["why"]).toContainEqual(
    expect.stringMatching(/^The oldest decision not known to be published has waited for \d+ s/),
  );
  expect(Number(said["intents_waiting_s"])).toBeGreaterThan(5);
  expect(await engine.metric("ai_engine_intents_waiting_seconds")).toBeGreaterThan(5);
  await engine.line("decisions cannot be published");
}

/** On its own: an engine that has to kill itself with SIGKILL has no exit code. */
async function endsByItself(expect: ExpectStatic, engine: Engine): Promise<void> {
  engine.signal("SIGTERM");
  expect(await engine.exited).toBe(0);
  expect(entriesOf(engine.lines).at(-1)).toMatchObject({ msg: "the engine ends" });
}

describeRequiring(requireRedis(), "decisions that are not delivered", () => {
  test.concurrent("to a Redis that hangs: the engine is not ready until they are", async ({ expect }) => {
    await using redis = await startRedis();
    await using engine = startEngine({ ...SYNTHETIC, INTENT_SINK: redis.url });
    await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBeGreaterThan(10);
    redis.pause();
    await saysItIsLate(expect, engine);
    redis.resume();
    await engine.line("decisions can be published again");
    await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
    redis.pause();
    await saysItIsLate(expect, engine);
    await endsByItself(expect, engine);
    redis.resume();
  });

  test.concurrent("to a Redis that is away from the start: the engine is not ready", async ({ expect }) => {
    await using redis = await startRedis();
    await redis.kill();
    await using engine = startEngine({ ...SYNTHETIC, INTENT_SINK: redis.url });
    await saysItIsLate(expect, engine);
    expect((await engine.health()).said["intents_outage"]).toBe("source_unreachable");
    await redis.restart();
    await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
    await endsByItself(expect, engine);
  });

  test.concurrent(
    "because a sentinel hangs: the engine is not ready, also because of its features, and ends while it connects",
    async ({ expect }) => {
      await using master = await startRedis();
      await using sentinel = await startSentinel("engine", master.port);
      const url = `redis+sentinel://127.0.0.1:${sentinel.port}/engine`;
      await using engine = startEngine({ ...SYNTHETIC, INTENT_SINK: url });
      await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBeGreaterThan(10);
      sentinel.pause();
      await master.kill();
      await saysItIsLate(expect, engine);
      await endsByItself(expect, engine);
      await using fed = startEngine({ FEATURE_SOURCE: url, INTENT_SINK: url });
      await fed.url();
      expect(await notReady(fed)).toEqual(["features_not_read"]);
      expect(JSON.parse(await fed.line("features cannot be read"))).toMatchObject({
        err: { code: expect.stringMatching(/^source_(timeout|unreachable)$/) as string },
      });
      expect((await fed.health()).said["why"]).toEqual([expect.stringContaining(`127.0.0.1:${sentinel.port}`)]);
      await endsByItself(expect, fed);
    },
  );
});

describeRequiring(requireRedis(), "an ID from the future in the stream of decisions", () => {
  const HOUR_MS = 3_600_000;

  async function isSaid(expect: ExpectStatic, engine: Engine): Promise<void> {
    const said = JSON.parse(await engine.line("decisions are written under IDs from the future")) as {
      err: { message: string };
    };
    // Each decision has the newest ID, so the distance changes.
    const sentence = new RegExp(
      `${DEFAULT_STREAM}.*\\d+-\\d+.* ahead of this host's clock.* stop the engine, .*RENAME`,
    );
    expect(said.err.message).toMatch(sentence);
    await expect.poll(() => notReady(engine), PATIENCE).toEqual(["intents_future"]);
    expect((await engine.health()).said["why"]).toEqual([expect.stringMatching(sentence)]);
    expect(await engine.metric("ai_engine_intents_ahead_seconds")).toBeGreaterThan(3000);
  }

  test.concurrent(
    "that was there before the engine: the engine says so at once and only once; after the stream is moved away, its next start is clean",
    async ({ expect }) => {
      await using redis = await startRedis();
      await redisCommand(redis.port, `XADD ${DEFAULT_STREAM} ${Date.now() + HOUR_MS}-0 a b`);
      await using engine = startEngine({ ...SYNTHETIC, INTENT_SINK: redis.url });
      await isSaid(expect, engine);
      await endsByItself(expect, engine);
      expect(
        engine.lines.filter((line) => line.includes("decisions are written under IDs from the future")),
      ).toHaveLength(1);
      expect(await redisCommand(redis.port, `RENAME ${DEFAULT_STREAM} aside`)).toContain("+OK");
      await using next = startEngine({ ...SYNTHETIC, INTENT_SINK: redis.url });
      await expect.poll(() => next.metric("ai_engine_intents_published_total"), PATIENCE).toBeGreaterThan(10);
      expect((await next.health()).said).toMatchObject({ ready: true, why: [] });
      await endsByItself(expect, next);
      for (const { id } of await readIntents(redis.url)) expect(idTime(id)).toBeLessThan(Date.now() + 5000);
    },
  );

  test.concurrent("that came while the engine ran", async ({ expect }) => {
    await using redis = await startRedis();
    await using engine = startEngine({ ...SYNTHETIC, INTENT_SINK: redis.url });
    await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBeGreaterThan(10);
    await redisCommand(redis.port, `XADD ${DEFAULT_STREAM} ${Date.now() + HOUR_MS}-0 a b`);
    await isSaid(expect, engine);
    await endsByItself(expect, engine);
  });
});
