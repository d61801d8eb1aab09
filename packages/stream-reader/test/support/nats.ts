import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { onTestFinished } from "vitest";
import { startNats, type NatsOptions, type NatsServer } from "@qsc-tooling/testkit";
import { lineOf } from "../../src/event-log/write/line.js";
import type { RawEntry } from "../../src/index.js";
import { STREAM } from "./redis.js";

/** The name of the stream that stores the subject STREAM. */
export const NAME = "intents";

/** A server of this test's own, stopped when the test is over. */
export async function natsServer(options: NatsOptions = {}): Promise<NatsServer> {
  const nats = await startNats(options);
  onTestFinished(() => nats.stop());
  return nats;
}

/** A stream, and what its operator and other publishers can do to it. */
export interface Operated {
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
  readonly add: (entries: readonly RawEntry[]) => Promise<void>;
  /** Publishes anything. */
  readonly publish: (payload: string | Uint8Array) => Promise<number>;
}

export async function operated(
  { port }: { readonly port: number },
  { limits = {}, login = {} }: { readonly limits?: object; readonly login?: object } = {},
): Promise<Operated> {
  const connection = await connect({ servers: `127.0.0.1:${port}`, reconnect: false, ...login });
  onTestFinished(() => connection.close());
  const manager = await jetstreamManager(connection);
  const client = jetstream(connection);
  await manager.streams.add({ name: NAME, subjects: [STREAM], ...limits });
  const publish = async (payload: string | Uint8Array): Promise<number> => (await client.publish(STREAM, payload)).seq;
  return {
    manager,
    client,
    publish,
    add: async (entries) => {
      for (let at = 0; at < entries.length; at += 500)
        await Promise.all(entries.slice(at, at + 500).map((entry) => publish(lineOf(entry))));
    },
  };
}
