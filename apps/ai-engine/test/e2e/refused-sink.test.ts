import { describeRequiring, requireRedis, startRedis } from "@qsc-tooling/testkit";
import { DEFAULT_STREAM } from "@qsc/contract";
import { expect, test } from "vitest";
import { entriesOf, PATIENCE, startEngine } from "./support/engine.js";
import { readIntents } from "./support/intents.js";
import { redisCommand } from "./support/redis-command.js";

describeRequiring(requireRedis(), "a sink that refuses decisions", () => {
  test("because of the password: the engine is not ready, and says why", async () => {
    await using redis = await startRedis({ requirePass: "right" });
    await using engine = startEngine({
      FEATURE_SOURCE: "synthetic:?rate=50",
      INTENT_SINK: redis.url.replace("right", "wrong"),
    });
    await engine.line("decisions cannot be published");
    const { status, said } = await engine.health();
    expect([status, said["not_ready"], said["intents_outage"]]).toEqual([503, ["intents_refused"], "source_auth"]);
  });

  test("because of the key's type: once that is fixed, the engine is ready again and has lost nothing", async () => {
    await using redis = await startRedis();
    expect(await redisCommand(redis.port, `SET ${DEFAULT_STREAM} x`)).toContain("+OK");
    await using engine = startEngine({ FEATURE_SOURCE: "synthetic:?rate=50", INTENT_SINK: redis.url });
    await engine.line("decisions cannot be published");
    expect((await engine.health()).said).toMatchObject({
      ready: false,
      not_ready: ["intents_refused"],
      intents_outage: "source_wrong_type",
    });
    expect(await redisCommand(redis.port, `DEL ${DEFAULT_STREAM}`)).toContain(":1");
    await engine.line("decisions can be published again");
    await expect.poll(async () => (await engine.health()).status, PATIENCE).toBe(200);
    engine.signal("SIGTERM");
    expect(await engine.exited).toBe(0);
    const ended = entriesOf(engine.lines).find(({ msg }) => msg === "the feed has ended");
    expect(await readIntents(redis.url)).toHaveLength(Number(ended?.["decisions"]));
  });
});
