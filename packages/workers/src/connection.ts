import { QscError } from "@qsc/contract";
import { Redis } from "ioredis";

/** Every key of a queue begins with it: a user of the queue's Redis needs no other (`~qsc:*`). */
export const PREFIX = "qsc";
/** The longest wait for the queue's Redis to answer a connection, in milliseconds. */
const CONNECT_MS = 5000;

/**
 * The name of a queue's Redis to show to an operator: no password.
 * @throws QscError `invalid_option`. No message contains a password.
 */
export function queueLabel(url: string): string {
  const { protocol, host, pathname } = parsed(url);
  return `${protocol}//${host}${pathname}`;
}

/** Whether a URL of telemetry names the Redis of the queue, alone or among others. */
export function isSameRedis(queue: string, source: string): boolean {
  const [, others] = /^redis[a-z+]*:\/\/(?:[^/]*@)?([^/?#]+)/i.exec(source) ?? [];
  const { host } = parsed(queue);
  return others !== undefined && others.split(",").some((other) => hostOf(other) === hostOf(host));
}

/** Every name of this machine is one. */
function hostOf(address: string): string {
  const [, name = "", port = "6379"] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(address.toLowerCase()) ?? [];
  return `${/^(?:localhost|127\..*|\[::1\])$/.test(name) ? "127.0.0.1" : name}:${port}`;
}

function parsed(url: string): URL {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol) || new URL(url).hostname === "")
    throw new QscError(
      "invalid_option",
      "The queue is not the URL of a Redis; write redis://HOST:PORT, or rediss://USER:PASSWORD@HOST:PORT for one with TLS.",
    );
  return new URL(url);
}

/**
 * Connects to the queue's Redis. The connection comes back by itself after an outage, and its commands wait for that.
 * @throws QscError `queue_failed` if it does not answer within five seconds, `invalid_option`
 */
export async function connect(url: string): Promise<Redis> {
  const label = queueLabel(url);
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // BullMQ demands it: its waits outlive an outage. Ours have bounds of their own.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(1000, 50 * times),
  });
  const failures: string[] = [];
  redis.on("error", (error) => failures.push(error.message));
  try {
    await bounded(
      CONNECT_MS,
      `${label} does not answer`,
      redis.connect().then(() => redis.ping()),
    );
    return redis;
  } catch (thrown) {
    redis.disconnect();
    const said = failures.at(-1) ?? (thrown instanceof Error ? thrown.message : String(thrown));
    throw new QscError(
      "queue_failed",
      `The queue ${label} cannot be used: ${said}. Check its address, user and password, and that it runs.`,
      { cause: thrown },
    );
  }
}

/** The result of a promise, if it comes in time. @throws Error with `what` */
export async function bounded<T>(ms: number, what: string, running: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} within ${ms / 1000} s`));
    }, ms);
  });
  try {
    return await Promise.race([running, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** The queue's own clock, in milliseconds since 1970: parent and workers may be on machines whose clocks differ. */
export async function timeOf(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
