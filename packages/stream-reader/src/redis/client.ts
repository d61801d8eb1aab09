import { createRequire } from "node:module";
import type * as Ioredis from "ioredis";
import type { Cluster, Redis } from "ioredis";
import { redisError, type Asked } from "./errors.js";
import { readCa, type RedisLocation } from "./location.js";

export type Client = Redis | Cluster;

export interface Timeouts {
  readonly connectMs: number;
  readonly commandMs: number;
}

/**
 * Connects once: no retry, now or later. Logging in and choosing the database is done here, as
 * ioredis itself goes on when the server refuses either.
 * @throws QscError `source_...`, `invalid_source`.
 */
export async function openClient(
  location: RedisLocation,
  asked: Asked,
  timeouts: Timeouts,
): Promise<Client> {
  const ca = await readCa(location);
  const client = createClient(location, ca, timeouts);
  let said: unknown = null;
  // The first error is the cause, what follows are its consequences.
  client.on("error", (error: unknown) => (said ??= error));
  try {
    await connected(client);
    if (location.kind !== "cluster") await enter(client as Redis, location);
    return client;
  } catch (error) {
    client.disconnect();
    throw redisError(asked, said ?? error);
  }
}

/** A cluster that ends between its first answer and readiness leaves its own promise pending. */
async function connected(client: Client): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.once("end", () => {
      reject(new Error("Connection is closed."));
    });
    client.connect().then(() => {
      resolve();
    }, reject);
  });
}

async function enter(client: Redis, { username, password, db }: RedisLocation): Promise<void> {
  if (password !== null) {
    await (username === null ? client.auth(password) : client.auth(username, password));
  }
  if (db !== 0) await client.select(db);
}

function createClient(
  location: RedisLocation,
  ca: string | null,
  { connectMs, commandMs }: Timeouts,
): Client {
  // Not imported: for the names of a CommonJS module Node sets up a lexer first, which takes as long as loading this.
  const { Redis: Single, Cluster: Many } = createRequire(import.meta.url)("ioredis") as typeof Ioredis;
  const [first] = location.hosts;
  const shared = {
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    disableClientInfo: true,
    connectTimeout: connectMs,
    commandTimeout: commandMs,
    retryStrategy: () => null,
  };
  if (location.kind === "cluster") {
    const { username, password } = location;
    const login = { ...(username && { username }), ...(password && { password }) };
    return new Many([...location.hosts], {
      lazyConnect: true,
      enableReadyCheck: false,
      clusterRetryStrategy: () => null,
      slotsRefreshTimeout: connectMs,
      redisOptions: { ...login, connectTimeout: connectMs, commandTimeout: commandMs },
    });
  }
  if (location.kind === "sentinel") {
    return new Single({
      ...shared,
      sentinels: [...location.hosts],
      name: location.master,
      sentinelRetryStrategy: () => null,
    });
  }
  const tls = location.tls ? { tls: ca === null ? {} : { ca } } : {};
  return new Single({ ...shared, ...tls, host: first.host, port: first.port });
}
