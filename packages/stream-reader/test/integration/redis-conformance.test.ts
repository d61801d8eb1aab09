import { conformance } from "../conformance.js";
import { add, opened, server, STREAM, writer } from "../support/redis.js";

conformance(
  "a Redis Stream",
  async (initial) => {
    const redis = await server();
    const client = writer(redis);
    // A stream that exists but is empty.
    await client.xgroup("CREATE", STREAM, "readers", "$", "MKSTREAM");
    await add(client, initial);
    return {
      source: await opened(redis.url),
      append: (more) => add(client, more),
      spoil: async () => {
        await client.xadd(STREAM, "*", "payload", Buffer.from([0xff, 0xfe]));
      },
    };
  },
  { grows: true },
);
