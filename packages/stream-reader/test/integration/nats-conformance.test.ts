import { describeRequiring, requireNats } from "@qsc-tooling/testkit";
import { conformance } from "../conformance.js";
import { natsServer, operated } from "../support/nats.js";
import { dividedNats } from "../support/parts.js";
import { opened } from "../support/redis.js";
import { sinkConformance } from "../sink-conformance.js";
import { openedSink } from "../support/sink.js";
import type { EventSource } from "../../src/index.js";

describeRequiring(requireNats(), "with a real nats-server", () => {
  const streamOf =
    (open: (url: string) => Promise<EventSource>): Parameters<typeof conformance>[1] =>
    async (initial) => {
      const nats = await natsServer();
      const { add, publish } = await operated(nats);
      await add(initial);
      return {
        source: await open(nats.url),
        append: add,
        spoil: async () => {
          await publish(Uint8Array.of(0xff, 0xfe));
        },
      };
    };

  conformance("a stream of JetStream", streamOf(opened), { grows: true });
  conformance("a long stream of JetStream", streamOf(dividedNats), { grows: true, divides: true });
  sinkConformance("a stream of JetStream", async () => {
    const nats = await natsServer();
    await operated(nats);
    return { sink: () => openedSink(nats.url), source: () => opened(nats.url) };
  });
});
