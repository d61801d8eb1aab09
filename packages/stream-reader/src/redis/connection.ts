import type { EntryId } from "@qsc/contract";
import type { Cluster, Redis } from "ioredis";
import { redisError, type Asked } from "./errors.js";
import type { ReplyEntry } from "./entry.js";
import { readCa, type RedisLocation } from "./location.js";
import { parseStreamInfo, type StreamInfo } from "./stream-info.js";

export interface Timeouts {
  readonly connectMs: number;
  readonly commandMs: number;
}

/** The few questions that are asked of a Redis. Every one rejects with a coded QscError. */
export interface RedisConnection {
  /** Null when there is no such key. */
  info(): Promise<StreamInfo | null>;
  /** At most `count` entries between two bounds, which are IDs or, exclusive, `(<id>`. */
  range(from: string, to: string, count: number): Promise<readonly ReplyEntry[]>;
  /** The same, newest first. */
  reverseRange(from: string, to: string, count: number): Promise<readonly ReplyEntry[]>;
  type(): Promise<string>;
  /** The server's clock, in milliseconds since 1970. */
  time(): Promise<number>;
  /** False once the connection is lost; there is no reconnecting one. */
  readonly isOpen: boolean;
  close(): void;
}

/** An exclusive lower or upper bound. */
export function beyond(id: EntryId): string {
  return `(${id}`;
}

/**
 * Connects once: no retry, now or later. Logging in and choosing the database is done here, as
 * ioredis itself goes on when the server refuses either. `observe` sees every answer to `info`
 * in the order in which the server gave them.
 */
export async function connect(
  location: RedisLocation,
  stream: string,
  timeouts: Timeouts,
  observe: (info: StreamInfo | null) => void,
): Promise<RedisConnection> {
  const asked: Asked = { label: location.label, stream };
  const ca = await readCa(location);
  const client = await createClient(location, ca, timeouts);
  let said: unknown = null;
  // The first error is the cause, what follows are its consequences.
  client.on("error", (error: unknown) => (said ??= error));
  try {
    await connected(client);
    if (location.kind !== "cluster") await enter(client as Redis, location);
    return connectionOf(client, asked, observe);
  } catch (error) {
    client.disconnect();
    throw redisError(asked, said ?? error);
  }
}

/** A cluster that ends between its first answer and readiness leaves its own promise pending. */
async function connected(client: Redis | Cluster): Promise<void> {
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

async function createClient(
  location: RedisLocation,
  ca: string | null,
  { connectMs, commandMs }: Timeouts,
): Promise<Redis | Cluster> {
  const { Redis: Single, Cluster: Many } = await import("ioredis");
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

function connectionOf(
  client: Redis | Cluster,
  asked: Asked,
  observe: (info: StreamInfo | null) => void,
): RedisConnection {
  const { stream } = asked;
  let closed = false;
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw redisError(asked, error);
    }
  }
  return {
    info: async () => {
      const info = await ask(() => streamInfo(client, stream));
      observe(info);
      return info;
    },
    range: (from, to, count) => ask(() => client.xrangeBuffer(stream, from, to, "COUNT", count)),
    reverseRange: (from, to, count) =>
      ask(() => client.xrevrangeBuffer(stream, to, from, "COUNT", count)),
    type: () => ask(() => client.type(stream)),
    time: () => ask(async () => clockOf(await client.time())),
    get isOpen() {
      return !closed && client.status === "ready";
    },
    close: () => {
      closed = true;
      client.disconnect();
    },
  };
}

async function streamInfo(client: Redis | Cluster, stream: string): Promise<StreamInfo | null> {
  try {
    const reply = await client.callBuffer("XINFO", "STREAM", stream);
    const info = parseStreamInfo(reply);
    if (info !== null) return info;
  } catch (error) {
    if (error instanceof Error && /no such key/.test(error.message)) return null;
    throw error;
  }
  throw new Error("the reply of XINFO STREAM lacks its length or last-generated-id");
}

function clockOf([seconds, micros]: readonly (number | string)[]): number {
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
