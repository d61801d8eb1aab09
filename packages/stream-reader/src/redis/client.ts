import type { Timeouts } from "../ports/timeouts.js";
import { createRequire } from "node:module";
import { describeDuration, QscError } from "@qsc/contract";
import type * as Ioredis from "ioredis";
import type { Cluster, Redis, RedisOptions } from "ioredis";
import { orAbort } from "../ports/pause.js";
import { redisError, type Asked } from "./errors.js";
import type { Host, Login, RedisLocation } from "./location.js";
import { masterOf, masterUnreachable } from "./sentinel.js";
import { readTls, type Tls } from "../ports/tls.js";

export type Client = Redis | Cluster;

/** Connecting as a whole, from the first name lookup to the login, may take this many times as long as one step. */
const STEPS = 3;

/**
 * Connects once and never retries. Logs in and selects the database itself, because ioredis continues when the server
 * refuses either. Each step has a limit, and so has the whole.
 * @param ends gives up at once
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
  return new QscError(
    "source_timeout",
    `${label} could not be connected to within ${describeDuration(limitMs)}: something accepts connections but does not answer; check whether it hangs, and any proxy in front of it.`,
    { cause },
  );
}

async function openByKind(
  location: RedisLocation,
  asked: Asked,
  timeouts: Timeouts,
  signal: AbortSignal,
): Promise<Client> {
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

async function openServer(
  host: Host,
  location: RedisLocation,
  tls: Tls | null,
  timeouts: Timeouts,
  signal: AbortSignal,
): Promise<Redis> {
  const client = serverClient(host, tls, timeouts);
  return opened(client, signal, () => enter(client, location, location.db));
}

/** A connection to a sentinel, logged in. */
async function sentinelClient(host: Host, login: Login, { connectMs }: Timeouts, signal: AbortSignal): Promise<Redis> {
  const client = serverClient(host, null, { connectMs, commandMs: connectMs });
  return opened(client, signal, () => enter(client, login, 0));
}

/** What broke a connection, for code that learns only that it is closed. */
const CAUSES = new WeakMap<Client, unknown>();

/** The error to report for a client: if it says only that the connection is closed, the error that closed it. */
export function causeOf(client: Client, error: unknown): unknown {
  const isClosed =
    error instanceof Error && /connection is closed|stream isn't writeable|connection close/i.test(error.message);
  return (isClosed ? CAUSES.get(client) : undefined) ?? error;
}

async function opened<T extends Client>(
  client: T,
  signal: AbortSignal,
  login: () => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  // The first error is the cause; later ones are its consequences.
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
    // The nodes are asked one after another for their slots, and all of them must fit in the limit.
    slotsRefreshTimeout: Math.max(1, Math.floor(Math.min(connectMs, ((STEPS - 1) * connectMs) / hosts.length))),
    redisOptions: { ...login, connectTimeout: connectMs, commandTimeout: commandMs },
  });
}

/**
 * Not imported: for the names of a CommonJS module Node first sets up a lexer, which takes as long as loading the
 * module.
 */
export function ioredis(): typeof Ioredis {
  return createRequire(import.meta.url)("ioredis") as typeof Ioredis;
}
