import { describeRequiring, requireRedis } from "@qsc-tooling/testkit";
import { sinkConformance } from "../sink-conformance.js";
import { opened, server } from "../support/redis.js";
import { openedSink } from "../support/sink.js";

describeRequiring(requireRedis(), "with a real Redis", () => {
  sinkConformance("a Redis Stream", async () => {
    const redis = await server();
    return { sink: () => openedSink(redis.url), source: () => opened(redis.url) };
  });
});
