import { openSource } from "../../src/index.js";
import { onTestFinished } from "vitest";
import { conformance } from "../conformance.js";
import { add, server, writer } from "../support/redis.js";
import { shardKeys, spread, underOwnIds } from "../support/shards.js";

const KEYS = shardKeys(3);

conformance(
  "three shards of a Redis Stream",
  async (initial) => {
    const redis = await server();
    const client = writer(redis);
    const write = async (entries: typeof initial): Promise<void> => {
      for (const [shard, own] of spread(entries, KEYS.length).entries()) await add(client, own, KEYS[shard]);
    };
    for (const key of KEYS) await client.xgroup("CREATE", key, "readers", "$", "MKSTREAM");
    await write(initial);
    const source = await openSource(redis.url, { stream: KEYS });
    onTestFinished(() => source.close());
    return {
      source: underOwnIds(source),
      append: write,
      spoil: async () => {
        await client.xadd("intent:1", "*", "payload", Buffer.from([0xff, 0xfe]));
      },
    };
  },
  { grows: true },
);
