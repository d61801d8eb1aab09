import { QscError } from "@qsc/contract";
import type * as JetStream from "@nats-io/jetstream";
import type * as Transport from "@nats-io/transport-node";
import { orAbort } from "../ports/pause.js";
import type { Timeouts } from "../ports/timeouts.js";
import { readTls } from "../ports/tls.js";
import { natsError, type Asked } from "./errors.js";
import type { NatsLocation } from "./location.js";

/** Connecting as a whole may take this many times as long as one server. */
const STEPS = 3;
/** How often an idle connection is probed, and how many probes may stay unanswered. */
const PING_MS = 5000;
const LOST_PINGS = 2;

/** A connection to NATS, and its client of JetStream. */
export interface Client {
  readonly connection: Transport.NatsConnection;
  readonly manager: JetStream.JetStreamManager;
  readonly jetstream: JetStream.JetStreamClient;
}

/** The client, which is an optional peer. @throws QscError `dependency_missing` */
async function load(): Promise<{ readonly transport: typeof Transport; readonly jetstream: typeof JetStream }> {
  try {
    const [transport, jetstream] = await Promise.all([import("@nats-io/transport-node"), import("@nats-io/jetstream")]);
    return { transport, jetstream };
  } catch (cause) {
    throw new QscError(
      "dependency_missing",
      `NATS needs @nats-io/transport-node and @nats-io/jetstream, which cannot be loaded (${cause instanceof Error ? cause.message : String(cause)}); run npm install @nats-io/transport-node@3.3 @nats-io/jetstream@3.3.`,
      { cause },
    );
  }
}

/**
 * Connects once, and never again by itself: the next question after a loss connects, and its caller learns of the outage.
 * @param ends gives up at once
 * @throws QscError `source_...`, `invalid_source`, `dependency_missing`
 */
export async function openClient(
  location: NatsLocation,
  asked: Asked,
  { connectMs, commandMs }: Timeouts,
  ends: AbortSignal,
): Promise<Client> {
  const { transport, jetstream } = await load();
  const tls = await readTls(location);
  const connecting = transport.connect({
    servers: location.hosts.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`),
    name: "qsc",
    timeout: connectMs,
    reconnect: false,
    ignoreClusterUpdates: true,
    pingInterval: PING_MS,
    maxPingOut: LOST_PINGS,
    ...location.login,
    ...(tls !== null && { tls }),
  });
  try {
    const signal = AbortSignal.any([ends, AbortSignal.timeout(STEPS * connectMs)]);
    const connection = await orAbort(connecting, signal);
    const options = { timeout: commandMs };
    return {
      connection,
      manager: await jetstream.jetstreamManager(connection, { ...options, checkAPI: false }),
      jetstream: jetstream.jetstream(connection, options),
    };
  } catch (error) {
    // Given up, it may still come about.
    void connecting.then(
      (connection) => connection.close(),
      () => undefined,
    );
    throw natsError(asked, error);
  }
}
