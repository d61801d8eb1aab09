import { startRedis, type RedisServer } from "@qsc-tooling/testkit";
import { Redis } from "ioredis";
import { serveParts, type WorkerRequest } from "../src/index.js";

export const VERSION = "1.2.3";
export const STREAM = "spread";

/** A worker in this process. */
export interface Running {
  readonly said: readonly string[];
  readonly end: () => Promise<void>;
}

/** A queue's Redis and that of the telemetry. */
export interface Place extends AsyncDisposable {
  readonly queue: RedisServer;
  readonly telemetry: RedisServer;
  /** A connection to the queue. */
  readonly client: Redis;
  /** Starts a worker, which ends with the place at the latest. */
  readonly work: (changed?: Partial<WorkerRequest>) => Promise<Running>;
}

/** Resolves when a condition holds. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

export async function place(): Promise<Place> {
  const [queue, telemetry] = await Promise.all([startRedis(), startRedis()]);
  const client = new Redis(queue.url);
  const running: Running[] = [];
  const work = async (changed: Partial<WorkerRequest> = {}): Promise<Running> => {
    const stop = new AbortController();
    const said: string[] = [];
    const serving = serveParts({
      queue: queue.url,
      source: { url: telemetry.url, options: { stream: STREAM } },
      version: VERSION,
      signal: stop.signal,
      say: (sentence) => said.push(sentence),
      ...changed,
    });
    const one = {
      said,
      end: async (): Promise<void> => {
        stop.abort();
        await serving;
      },
    };
    running.push(one);
    await Promise.race([serving, until(() => said.length > 0)]);
    return one;
  };
  return {
    queue,
    telemetry,
    client,
    work,
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(running.map(({ end }) => end()));
      client.disconnect();
      await Promise.all([queue.stop(), telemetry.stop()]);
    },
  };
}

/** What is left of judgements in the queue. */
export async function leftIn(client: Redis): Promise<readonly string[]> {
  const kept = /^qsc:(?:workers|runs|parts:(?:meta|events|id|marker|stalled-check|stalled))$/;
  return (await client.keys("*")).filter((key) => !kept.test(key) && !key.endsWith(":ended"));
}
