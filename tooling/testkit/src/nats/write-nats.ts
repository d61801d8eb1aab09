import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Entry } from "../telemetry/entry.js";

const BATCH = 500;

/**
 * Adds a stream for a subject to a real NATS server, unless it is there, and publishes these entries, in their order.
 * @param limits of the stream, such as `{ max_msgs: 10 }`: the same in each call
 */
export async function writeNats(
  url: string,
  subject: string,
  entries: readonly Entry[],
  limits: object = {},
): Promise<void> {
  const connection = await connect({ servers: url, reconnect: false });
  try {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: "intents", subjects: [subject], ...limits });
    const client = jetstream(connection);
    for (let at = 0; at < entries.length; at += BATCH) {
      const batch = entries.slice(at, at + BATCH);
      await Promise.all(batch.map((entry) => client.publish(subject, JSON.stringify(entry))));
    }
  } finally {
    await connection.close();
  }
}
