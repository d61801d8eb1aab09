import { describeRequiring, requireRedis, startRedis, startSentinel } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { startEngine } from "./support/engine.js";
import { readIntents } from "./support/intents.js";

describeRequiring(requireRedis(), "an engine that publishes through sentinels", () => {
  test("publishes everything even if one of three hangs", async () => {
    await using redis = await startRedis();
    const options = { master: "engine", masterPort: redis.port };
    await using first = await startSentinel(options);
    await using second = await startSentinel(options);
    await using third = await startSentinel(options);
    first.pause();
    const hosts = [first, second, third].map(({ port }) => `127.0.0.1:${port}`).join(",");
    await using engine = startEngine({
      FEATURE_SOURCE: "synthetic:?seed=11&rows=60",
      INTENT_SINK: `redis+sentinel://${hosts}/engine`,
    });
    expect(await engine.exited).toBe(0);
    expect(await readIntents(redis.url)).toHaveLength(60);
  });

  test("says that decisions cannot be published while all of them hang", async () => {
    await using redis = await startRedis();
    await using sentinel = await startSentinel({ master: "engine", masterPort: redis.port });
    sentinel.pause();
    await using engine = startEngine({
      FEATURE_SOURCE: "synthetic:?seed=11&rows=60",
      INTENT_SINK: `redis+sentinel://127.0.0.1:${sentinel.port}/engine`,
    });
    await engine.line("decisions cannot be published");
    sentinel.resume();
    expect(await engine.exited).toBe(0);
    expect(await readIntents(redis.url)).toHaveLength(60);
  });
});
