import { hostname } from "node:os";
import { asQscError, isRefusal, QscError, rules, type ErrorCode } from "@qsc/contract";
import { readPart } from "@qsc/rollout/judging";
import { UnrecoverableError, WaitingError, Worker, type Job } from "bullmq";
import type { Redis } from "ioredis";
import { bounded, connect, isSameRedis, PREFIX, queueLabel, timeOf } from "./connection.js";
import { removeLeftovers } from "./leftovers.js";
import { givenSource, ownSource, type GivenSource } from "./own-source.js";
import { readJob, receiptFor, taskOf, unread, type PartJob, type Receipt } from "./part-job.js";
import { endedKey, PARTS, resultKey } from "./places.js";
import { present } from "./presence.js";
import { packed } from "./result.js";

/** What a worker works with. */
export interface WorkerRequest {
  /** The queue's Redis: `redis://` or `rediss://`. */
  readonly queue: string;
  /** Its own way to the telemetry. Only parts of this source are read. */
  readonly source: GivenSource;
  /** The version of the tool. Only parts for the same one are read. */
  readonly version: string;
  /** Ends the worker. A part that it reads goes back to the queue. */
  readonly signal: AbortSignal;
  /** Called with a sentence for each part, and for each outage. */
  readonly say?: (sentence: string) => void;
}

const { anyFunction, instanceOf, optional, shaped, someText } = rules;
const workerRequest = shaped({
  queue: someText,
  source: givenSource,
  version: someText,
  signal: instanceOf(AbortSignal),
  say: optional(anyFunction),
});

/** A worker that stops without a word gives its part back after this long, in milliseconds. */
const LOCK_MS = 10_000;
/** How often a part may be given back like that: after that it is the part that stops workers. */
const MOST_STALLS = 3;
/** How often a worker looks whether the judgement it reads for has ended, in milliseconds. */
const LOOK_MS = 500;
/** Results outlive their deadline by this, in milliseconds. */
const KEPT_MS = 30_000;
/** The longest wait for the queue at the end, in milliseconds. */
const CLOSE_MS = 5000;
/** How often the leftovers of killed judgements are removed, in milliseconds. */
const CLEAR_MS = 30_000;

/** Errors that another try cannot change. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  "parts_unread",
  "invalid_option",
  "invalid_source",
  "source_auth",
  "source_permission",
  "source_wrong_type",
]);

/**
 * Reads parts of ranges, one at a time, for every judging process that puts them into the queue, until the signal. Run
 * one for each processor, on any number of machines.
 * @throws QscError `queue_failed`, `invalid_option`, `invalid_source`
 */
export async function serveParts(request: WorkerRequest): Promise<void> {
  workerRequest(request, "request");
  const { queue, version, signal, say = () => undefined } = request;
  if (isSameRedis(queue, request.source.url))
    throw new QscError(
      "invalid_option",
      `The queue ${queueLabel(queue)} is the Redis of the telemetry; name another one: what workers do must not delay the engine.`,
    );
  const source = await ownSource(request.source);
  const redis = await connect(queue);
  const reader = new PartReader(redis, request.source, version, signal);
  const worker = new Worker(PARTS, (job, token) => reader.read(job, token), {
    connection: redis,
    prefix: PREFIX,
    concurrency: 1,
    lockDuration: LOCK_MS,
    stalledInterval: LOCK_MS / 2,
    maxStalledCount: MOST_STALLS,
    // A stop gives the part back, and does not wait for its end.
    autorun: false,
  });
  worker.on("completed", (job) => {
    say(`${nameOf(job)} read.`);
  });
  worker.on("failed", (job, error) => {
    say(`${job === undefined ? "A job:" : nameOf(job)} not read: ${error.message}`);
  });
  worker.on("error", (error) => {
    say(`The queue ${queueLabel(queue)} cannot be asked: ${error.message}`);
  });
  const leave = await present(redis, `${hostname()} ${process.pid} ${crypto.randomUUID()}`);
  const clearing = setInterval(() => void removeLeftovers(redis).catch(() => undefined), CLEAR_MS);
  const working = worker.run();
  try {
    say(`Reads ${source.label} for ${queueLabel(queue)}.`);
    await until(signal);
  } finally {
    clearInterval(clearing);
    const leaving = Promise.allSettled([leave(), worker.close(), working]);
    await bounded(CLOSE_MS, "The queue does not answer", leaving).catch(() => {
      void worker.disconnect().catch(() => undefined);
    });
    redis.disconnect();
  }
}

function until(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}

/** Also of a job that cannot be read: anything may stand in a queue. */
function nameOf({ data }: Job): string {
  const { index, count, run } = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof index !== "number" || typeof count !== "number" || typeof run !== "string") return "A job:";
  return `Part ${index + 1} of ${count}, judgement ${run.slice(0, 8)}:`;
}

/** Reads the parts of jobs. */
class PartReader {
  readonly #redis: Redis;
  readonly #source: GivenSource;
  readonly #version: string;
  readonly #stop: AbortSignal;

  constructor(redis: Redis, source: GivenSource, version: string, stop: AbortSignal) {
    this.#redis = redis;
    this.#source = source;
    this.#version = version;
    this.#stop = stop;
  }

  async read(job: Job, token: string | undefined): Promise<Receipt> {
    try {
      return await this.#read(readJob(job.data));
    } catch (thrown) {
      if (this.#stop.aborted) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const { code, message } = asQscError(thrown);
      const sentence = `${code}: ${message}`;
      throw FINAL.has(code) || isRefusal(code) ? new UnrecoverableError(sentence) : new Error(sentence);
    }
  }

  async #read(job: PartJob): Promise<Receipt> {
    const source = await ownSource(this.#source);
    const task = taskOf(job, this.#version, source);
    const ended = new AbortController();
    const look = async (): Promise<void> => {
      if (await this.#isOver(job)) ended.abort(unread("its judgement has ended"));
    };
    await look();
    ended.signal.throwIfAborted();
    const looking = setInterval(() => void look().catch(() => undefined), LOOK_MS);
    try {
      const collection = await readPart(task, AbortSignal.any([ended.signal, this.#stop]));
      // The key files are read again for each part.
      if ((await ownSource(this.#source)).keys.join() !== source.keys.join())
        throw unread("the keys that verify signatures have changed while it was read");
      const result = await packed(collection);
      const leftMs = job.expiresAt - (await timeOf(this.#redis)) + KEPT_MS;
      if (leftMs <= 0) throw unread("its judgement has ended");
      await this.#redis.set(resultKey(job.run, job.index), result, "PX", leftMs);
      return receiptFor(job, this.#version, result, hostname());
    } finally {
      clearInterval(looking);
    }
  }

  async #isOver({ run, expiresAt }: PartJob): Promise<boolean> {
    const [isEnded, now] = await Promise.all([this.#redis.exists(endedKey(run)), timeOf(this.#redis)]);
    return isEnded === 1 || now > expiresAt;
  }
}
