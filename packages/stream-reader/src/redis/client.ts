import type { Timeouts } from "../ports/timeouts.js";
import { createRequire } from "node:module";
import { describeDuration, QscError } from "@qsc/contract";
import type * as Ioredis from "ioredis";
import type { Cluster, Redis, RedisOptions } from "ioredis";
import { orAbort } from "../ports/pause.js";
import { redisError, type Asked } from "./errors.js";
import type { Host, Login, RedisLocation } from "./location.js";
import { masterOf, masterUnreachable } from "./sentinel.js";
import { readTls, type Tls } from "./tls.js";

export type Client = Redis | Cluster;

/** All of connecting, from the first name that is looked up to the login, may take so many times as long as one step. */
const STEPS = 3;

/**
 * Connects once: no retry, now or later. Logging in and choosing the database is done here, as
 * ioredis itself goes on when the server refuses either. Each step has a limit, and all of them together have one.
 * @param ends gives it up, at once
 * @throws QscError `source_...`, `invalid_source`.
 */
export async function openClient(
  location: RedisLocation,
  asked: Asked,
  timeouts: Timeouts,
  ends?: AbortSignal,
): Promise<Client> {
  const limitMs = STEPS * timeouts.connectMs;
  const overdue = new AbortController();
  const timer = setTimeout(() => {
    overdue.abort();
  }, limitMs);
  const signal = ends === undefined ? overdue.signal : AbortSignal.any([ends, overdue.signal]);
  try {
    return await orAbort(openByKind(location, asked, timeouts, signal), signal);
  } catch (error) {
    if (overdue.signal.aborted) throw tooSlow(location, limitMs, error);
    throw redisError(asked, error);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow({ label }: RedisLocation, limitMs: number, cause: unknown): QscError {
  return new QscError("source_timeout", `${label} could not be connected to within ${describeDuration(limitMs)}: something takes connections and does not answer; see whether it hangs, and what stands before it.`, { cause });
}

async function openByKind(location: RedisLocation, asked: Asked, timeouts: Timeouts, signal: AbortSignal): Promise<Client> {
  const { hosts } = location;
  if (location.kind === "cluster") return opened(clusterClient(location, timeouts), signal);
  if (location.kind === "single") return openServer(hosts[0], location, await readTls(location), timeouts, signal);
  const master = await masterOf(location, (host) => sentinelClient(host, location.sentinelLogin, timeouts, signal));
  try {
    return await openServer(master, location, null, timeouts, signal);
  } catch (error) {
    throw masterUnreachable(asked, location, master, error);
  }
}

async function openServer(host: Host, location: RedisLocation, tls: Tls | null, timeouts: Timeouts, signal: AbortSignal): Promise<Redis> {
  const client = serverClient(host, tls, timeouts);
  return opened(client, signal, () => enter(client, location, location.db));
}

/** A connection to a sentinel, logged in. */
async function sentinelClient(host: Host, login: Login, { connectMs }: Timeouts, signal: AbortSignal): Promise<Redis> {
  const client = serverClient(host, null, { connectMs, commandMs: connectMs });
  return opened(client, signal, () => enter(client, login, 0));
}

/** What broke a connection, for whoever learns only that it is closed. */
const CAUSES = new WeakMap<Client, unknown>();

/** What to say of an error of a client: where it is only that the connection is closed, what closed it. */
export function causeOf(client: Client, error: unknown): unknown {
  const isClosed = error instanceof Error && /connection is closed|stream isn't writeable|connection close/i.test(error.message);
  return (isClosed ? CAUSES.get(client) : undefined) ?? error;
}

async function opened<T extends Client>(client: T, signal: AbortSignal, login: () => Promise<void> = () => Promise.resolve()): Promise<T> {
  // The first error is the cause, what follows are its consequences.
  client.on("error", (error: unknown) => {
    if (!CAUSES.has(client)) CAUSES.set(client, error);
  });
  try {
    await orAbort(connected(client).then(login), signal);
    return client;
  } catch (error) {
    client.disconnect();
    throw CAUSES.get(client) ?? error;
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

async function enter(client: Redis, { username, password }: Login, db: number): Promise<void> {
  if (password !== null) {
    await (username === null ? client.auth(password) : client.auth(username, password));
  }
  if (db !== 0) await client.select(db);
}

function serverClient({ host, port }: Host, tls: Tls | null, { connectMs, commandMs }: Timeouts): Redis {
  const options: RedisOptions = {
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    disableClientInfo: true,
    connectTimeout: connectMs,
    commandTimeout: commandMs,
    retryStrategy: () => null,
    host,
    port,
    ...(tls !== null && { tls: { ...tls } }),
  };
  return new (ioredis().Redis)(options);
}

function clusterClient({ hosts, username, password }: RedisLocation, { connectMs, commandMs }: Timeouts): Cluster {
  const login = { ...(username !== null && { username }), ...(password !== null && { password }) };
  return new (ioredis().Cluster)([...hosts], {
    lazyConnect: true,
    enableReadyCheck: false,
    clusterRetryStrategy: () => null,
    // The nodes are asked one after another who has which slots: all of them have to fit in.
    slotsRefreshTimeout: Math.max(1, Math.floor(Math.min(connectMs, ((STEPS - 1) * connectMs) / hosts.length))),
    redisOptions: { ...login, connectTimeout: connectMs, commandTimeout: commandMs },
  });
}

/** Not imported: for the names of a CommonJS module Node sets up a lexer first, which takes as long as loading this. */
export function ioredis(): typeof Ioredis {
  return createRequire(import.meta.url)("ioredis") as typeof Ioredis;
}
