import { startRedis, type RedisServer } from "@qsc-tooling/testkit";
import { Worker, type Job } from "bullmq";
import { Redis } from "ioredis";
import { PREFIX } from "../../src/connection.js";
import { PARTS, WORKERS } from "../../src/places.js";
import { serveParts, type WorkerRequest } from "../../src/index.js";

export const VERSION = "1.2.3";
export const STREAM = "spread";

/** A worker in this process. */
interface Running {
  readonly said: readonly string[];
  readonly end: () => Promise<void>;
}

/** Something that takes parts as a worker does. */
interface Pretended {
  /** Ends it without a word, as `kill -9` would. */
  readonly kill: () => void;
}

/** A queue's Redis and that of the telemetry. */
export interface Place extends AsyncDisposable {
  readonly queue: RedisServer;
  readonly telemetry: RedisServer;
  /** A connection to the queue. */
  readonly client: Redis;
  /** Removes the telemetry. */
  readonly clear: () => Promise<void>;
  /** Starts a worker, which ends with the place at the latest. */
  readonly work: (changed?: Partial<WorkerRequest>) => Promise<Running>;
  /** Starts something that takes parts as a worker does, and answers them with this, or never. */
  readonly pretend: (answer: (job: Job) => Promise<unknown>) => Promise<Pretended>;
}

/** Resolves when a condition holds. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

export async function place(): Promise<Place> {
  const [queue, telemetry] = await Promise.all([startRedis(), startRedis()]);
  const client = new Redis(queue.url);
  client.on("error", () => undefined);
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
  const pretended: Pretended[] = [];
  const pretend = async (answer: (job: Job) => Promise<unknown>): Promise<Pretended> => {
    const connection = new Redis(queue.url, { maxRetriesPerRequest: null });
    connection.on("error", () => undefined);
    const worker = new Worker(PARTS, answer, { connection, prefix: PREFIX, lockDuration: 2000, stalledInterval: 1000 });
    worker.on("error", () => undefined);
    const one = {
      kill: (): void => {
        connection.disconnect();
        void worker.disconnect().catch(() => undefined);
      },
    };
    pretended.push(one);
    await worker.waitUntilReady();
    await client.zadd(WORKERS, Number.MAX_SAFE_INTEGER, `pretended ${pretended.length}`);
    return one;
  };
  return {
    queue,
    telemetry,
    client,
    clear: async () => {
      const writer = new Redis(telemetry.url);
      await writer.del(STREAM);
      writer.disconnect();
    },
    work,
    pretend,
    [Symbol.asyncDispose]: async () => {
      for (const { kill } of pretended) kill();
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
