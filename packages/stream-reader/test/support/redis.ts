import { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import { startRedis, type RedisOptions, type RedisServer } from "@qsc-tooling/testkit";
import { openSource, type EventSource, type OpenOptions, type RawEntry } from "../../src/index.js";

export const STREAM = "quantum:stream:trade.intent";

/** A server of this test's own, stopped when the test is over. */
export async function server(options: RedisOptions = {}): Promise<RedisServer> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.stop());
  return redis;
}

/** A client to write with. */
export function writer(redis: { readonly url: string }): Redis {
  const client = new Redis(redis.url, { maxRetriesPerRequest: 1 });
  client.on("error", () => undefined);
  onTestFinished(() => {
    client.disconnect();
  });
  return client;
}

export async function add(client: Redis, entries: readonly RawEntry[], stream: string = STREAM): Promise<void> {
  for (let at = 0; at < entries.length; at += 5000) {
    const pipeline = client.pipeline();
    for (const { id, fields } of entries.slice(at, at + 5000)) pipeline.xadd(stream, id, ...fields);
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  }
}

export async function opened(url: string, options: OpenOptions = {}): Promise<EventSource> {
  const source = await openSource(url, options);
  onTestFinished(() => source.close());
  return source;
}
