import { randomUUID } from "node:crypto";
import { describeDuration, QscError, rules } from "@qsc/contract";
import type { PartCollection, PartReaders, PartTask } from "@qsc/rollout/judging";
import type { Redis } from "ioredis";
import { bounded, connect, isSameRedis, queueLabel, timeOf } from "./connection.js";
import { noteRun, removeLeftovers, removeRun } from "./leftovers.js";
import { givenSource, ownSource, type GivenSource, type OwnSource } from "./own-source.js";
import { jobsOf, requireReceipt, unread, type PartJob } from "./part-job.js";
import { partJob, resultKey } from "./places.js";
import { presentWorkers } from "./presence.js";
import { unpacked } from "./result.js";
import { joined } from "./joined.js";

/** How a judgement is spread over workers. */
export interface SpreadRequest {
  /** The queue's Redis: `redis://` or `rediss://`. Not the telemetry's: what workers do must not delay the engine. */
  readonly queue: string;
  /** The telemetry that is judged, as it is opened in this process. */
  readonly source: GivenSource;
  /** The version of the tool, which every worker must have. */
  readonly version: string;
  /** Into how many parts a range is divided, from 2 to 1024; missing: four for each worker that is there. */
  readonly parts?: number;
  /** With fewer entries, estimated, a range is read here. Default: 20,000. */
  readonly leastEntries?: number;
  /** The longest wait for all parts, in milliseconds. Default: ten minutes. */
  readonly deadlineMs?: number;
  /** Ends the wait with an `interrupted` error. Nothing is left in the queue. */
  readonly signal: AbortSignal;
  /** Called with each part that was read. */
  readonly onProgress?: (progress: SpreadProgress) => void;
}

/** How far the parts of a range are. */
export interface SpreadProgress {
  readonly read: number;
  readonly parts: number;
  readonly workers: number;
}

const { anyFunction, instanceOf, optional, shaped, someText, wholeFrom } = rules;
const spreadRequest = shaped({
  queue: someText,
  source: givenSource,
  version: someText,
  parts: optional(wholeFrom(2, 1024)),
  leastEntries: optional(wholeFrom(0)),
  deadlineMs: optional(wholeFrom(1, 24 * 3_600_000)),
  signal: instanceOf(AbortSignal),
  onProgress: optional(anyFunction),
});

const LEAST_ENTRIES = 20_000;
const DEADLINE_MS = 600_000;
/** More parts than workers, so that a slow one delays less. */
const PARTS_EACH = 4;
const MOST_PARTS = 1024;
/** How long workers have to let go of the parts of a judgement that has ended, in milliseconds. */
const LET_GO_MS = 5000;
/** How long the queue has to answer what removes the rest, in milliseconds. */
const ANSWER_MS = 1000;

/**
 * Readers for a judgement (`WindowRequest.readers`): the parts of its range are read by the workers of a queue.
 * @throws QscError `queue_failed`, `no_workers`, `invalid_option`
 */
export async function spreadReaders(request: SpreadRequest): Promise<PartReaders & AsyncDisposable> {
  spreadRequest(request, "request");
  const { queue, source, leastEntries = LEAST_ENTRIES } = request;
  if (isSameRedis(queue, source.url))
    throw new QscError(
      "invalid_option",
      `The queue ${queueLabel(queue)} is the Redis of the telemetry; name another one: what workers do must not delay the engine.`,
    );
  const redis = await connect(queue);
  try {
    const workers = await bounded(ANSWER_MS, "The queue does not answer", presentWorkers(redis)).catch(
      queueFailed(queue),
    );
    if (workers === 0)
      throw new QscError(
        "no_workers",
        `No worker takes parts from ${queueLabel(queue)}; start some with qsc worker --queue, one for each processor.`,
      );
    const { parts = Math.min(MOST_PARTS, PARTS_EACH * workers) } = request;
    await bounded(LET_GO_MS, "The queue does not answer", removeLeftovers(redis)).catch(queueFailed(queue));
    const own = await ownSource(source);
    const reading = new Set<Promise<unknown>>();
    return {
      count: parts,
      leastEntries,
      read: (tasks) => {
        const one = readSpread({ redis, workers, own }, tasks, request);
        reading.add(one);
        return one;
      },
      [Symbol.asyncDispose]: async () => {
        // Each ends by itself after the signal, once nothing of it is left.
        await Promise.allSettled(reading);
        redis.disconnect();
      },
    };
  } catch (thrown) {
    redis.disconnect();
    throw thrown;
  }
}

/** A queue that does not answer. */
function queueFailed(queue: string): (thrown: unknown) => never {
  return (thrown) => {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new QscError("queue_failed", `The queue ${queueLabel(queue)} cannot be used: ${said}.`, { cause: thrown });
  };
}

interface Spreading {
  readonly redis: Redis;
  readonly workers: number;
  /** The telemetry when it was opened. */
  readonly own: OwnSource;
}

async function readSpread(
  spreading: Spreading,
  tasks: readonly PartTask[],
  request: SpreadRequest,
): Promise<readonly PartCollection[]> {
  const { deadlineMs = DEADLINE_MS, signal } = request;
  const run = randomUUID();
  const over = endOf(deadlineMs, signal);
  const reading = readRun(run, spreading, tasks, request);
  // What still waits for a queue that does not answer ends with its connection.
  reading.catch(() => undefined);
  try {
    return await Promise.race([reading, over.ends]);
  } finally {
    over.clear();
    // What cannot be removed now expires, or goes with the leftovers.
    const removing = removeRun(spreading.redis, run, tasks.length, LET_GO_MS);
    await bounded(LET_GO_MS + ANSWER_MS, "The queue does not answer", removing).catch(() => false);
  }
}

/** When a judgement ends whatever it waits for. */
function endOf(deadlineMs: number, signal: AbortSignal): { readonly ends: Promise<never>; readonly clear: () => void } {
  let clear = (): void => undefined;
  const ends = new Promise<never>((_resolve, reject) => {
    const late = setTimeout(() => {
      reject(unread(`not all of them came within ${describeDuration(deadlineMs)}`));
    }, deadlineMs);
    const interrupt = (): void => {
      reject(new QscError("interrupted", "Interrupted before all parts were read; nothing is left in the queue."));
    };
    signal.addEventListener("abort", interrupt);
    if (signal.aborted) interrupt();
    clear = (): void => {
      clearTimeout(late);
      signal.removeEventListener("abort", interrupt);
    };
  });
  ends.catch(() => undefined);
  return { ends, clear };
}

async function readRun(
  run: string,
  { redis, workers, own }: Spreading,
  tasks: readonly PartTask[],
  { source, version, deadlineMs = DEADLINE_MS, signal, onProgress }: SpreadRequest,
): Promise<readonly PartCollection[]> {
  if ((await ownSource(source)).keys.join() !== own.keys.join())
    throw unread("the keys that verify signatures have changed since the telemetry was opened");
  const expiresAt = (await timeOf(redis)) + deadlineMs;
  const jobs = jobsOf(tasks, { run, version, expiresAt, source: own });
  await noteRun(redis, run, jobs.length, expiresAt);
  const onRead = (read: number): void => onProgress?.({ read, parts: jobs.length, workers });
  return resultsOf(redis, jobs, await joined(redis, jobs, { deadlineMs, signal, onRead }));
}

/** The results of all jobs, in their order, each proven to be what was asked for. */
async function resultsOf(
  redis: Redis,
  jobs: readonly PartJob[],
  receipts: ReadonlyMap<string, unknown>,
): Promise<readonly PartCollection[]> {
  const ids = new Set(jobs.map(({ run, index }) => partJob(run, index)));
  const strange = [...receipts.keys()].find((id) => !ids.has(id));
  if (strange !== undefined) throw unread(`there is an answer of ${strange}, which was not asked`);
  const collections: PartCollection[] = [];
  for (const job of jobs) {
    const given = receipts.get(partJob(job.run, job.index));
    if (given === undefined) throw unread(`part ${job.index + 1} of ${job.count} has no answer`);
    const receipt = requireReceipt(given, job);
    collections.push(await unpacked(await redis.getBuffer(resultKey(job.run, job.index)), receipt));
  }
  return collections;
}
