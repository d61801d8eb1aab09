import { join } from "node:path";
import { describeRequiring, requireRedis, startRedis, temporaryDirectory, writeEventLog } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { entriesOf, PATIENCE, startEngine, type Engine, type LogEntry } from "./support/engine.js";
import { featureEntry } from "./support/features.js";
import { startMuteServer } from "./support/mute-server.js";
import { installModels } from "./support/test-models.js";

/** The promised time from the signal to the end of the process, in milliseconds. */
const LIMIT_MS = 5000;

/** Ends the engine, which must not take too long. */
async function end(engine: Engine, expected: number | null): Promise<LogEntry | undefined> {
  const start = performance.now();
  engine.signal("SIGTERM");
  expect(await engine.exited).toBe(expected);
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
  return entriesOf(engine.lines).at(-1);
}

describeRequiring(requireRedis(), "SIGTERM while Redis", () => {
  test.concurrent.for(["is away", "hangs"])(
    "%s: the engine ends in time with 0, and says how many decisions are lost",
    async (how, { expect }) => {
      await using redis = await startRedis();
      await using engine = startEngine({ FEATURE_SOURCE: "synthetic:?rate=200", INTENT_SINK: redis.url });
      await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBeGreaterThan(10);
      if (how === "is away") await redis.kill();
      else redis.pause();
      await expect.poll(() => engine.metric("ai_engine_intents_buffered"), PATIENCE).toBeGreaterThan(100);
      const last = await end(engine, 0);
      expect(last).toMatchObject({ msg: "the engine ends", level: 50 });
      expect(last?.["undelivered"]).toBeGreaterThan(100);
      redis.resume();
    },
  );
});

test.concurrent(
  "SIGTERM while a sink has never answered: the engine ends in time with 0, and has logged that nothing could be published and how much is lost",
  async ({ expect }) => {
    await using mute = await startMuteServer();
    await using engine = startEngine({ FEATURE_SOURCE: "synthetic:?rate=200", INTENT_SINK: mute.url });
    await engine.line("decisions cannot be published");
    await expect.poll(() => engine.metric("ai_engine_intents_buffered"), PATIENCE).toBeGreaterThan(50);
    const last = await end(engine, 0);
    expect(last).toMatchObject({ msg: "the engine ends", level: 50 });
    expect(last?.["undelivered"]).toBeGreaterThan(50);
  },
);

test.concurrent(
  "SIGTERM while the sink is still being asked for its last entry: the engine ends in time with 0, and logs its last lines",
  async ({ expect }) => {
    await using mute = await startMuteServer();
    await using engine = startEngine({ FEATURE_SOURCE: "synthetic:?rate=200", INTENT_SINK: mute.url });
    await engine.url();
    expect(await end(engine, 0)).toMatchObject({ msg: "the engine ends", dropped: 0 });
  },
);

test.concurrent("SIGTERM while a feed waits for space: every decision is published or reported", async ({ expect }) => {
  await using mute = await startMuteServer();
  await using engine = startEngine({
    FEATURE_SOURCE: "synthetic:?rows=100000",
    INTENT_SINK: mute.url,
    INTENT_BUFFER: "100",
  });
  await expect.poll(() => engine.metric("ai_engine_intents_buffered"), PATIENCE).toBe(51);
  expect(await end(engine, 0)).toMatchObject({ msg: "the engine ends", level: 50, undelivered: 51, dropped: 0 });
});

test.concurrent(
  "SIGTERM while a model hangs within its time limit: undecided rows are reported before SIGKILL",
  async ({ expect }) => {
    await using directory = await temporaryDirectory();
    const models = join(directory.path, "models");
    const features = ["multiplications", "rsi", "spread", "volume"];
    await installModels(models, {
      hanging: { file: "sometimes-slow", manifest: { features } },
      healthy: { file: "tabular" },
    });
    const journal = join(directory.path, "features.ndjson");
    const row = { momentum: 0.1, rsi: 0.2, spread: 0.3, volume: 0.4 };
    await writeEventLog(
      journal,
      [1, 1, 1e7].map((multiplications, index) =>
        featureEntry(Date.now() + index, "BTCUSDT", { ...row, multiplications }),
      ),
    );
    await using engine = startEngine({
      MODELS: "hanging,healthy",
      MODELS_DIR: models,
      QUORUM: "1",
      MODEL_TIME_LIMIT_MS: "60000",
      FEATURE_SOURCE: `file:${journal}`,
      FEATURE_START: "beginning",
      INTENT_SINK: `file:${join(directory.path, "intents.ndjson")}`,
    });
    await expect.poll(() => engine.metric("ai_engine_intents_published_total"), PATIENCE).toBe(2);
    expect(await end(engine, null)).toMatchObject({ msg: "the engine ends", undelivered: 0 });
    expect(entriesOf(engine.lines)).toContainEqual(
      expect.objectContaining({
        symbol: "BTCUSDT",
        msg: "the models did not answer in time: a row that was read has no decision",
      }),
    );
    expect(engine.stderr).toContain("the engine ends itself by SIGKILL");
  },
);
