import { Job, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { PREFIX, timeOf } from "./connection.js";
import { endedKey, joinQueue, partJob, PARTS, resultKey, RUNS } from "./places.js";

/** A judgement whose process ended without a word has this long to be cleared away after its deadline, in milliseconds. */
const AFTER_DEADLINE_MS = 60_000;
/** How often a part that a worker still holds is tried again, in milliseconds. */
const AGAIN_MS = 200;

/** Notes that a judgement begins, so that what it leaves can be found. */
export async function noteRun(redis: Redis, run: string, parts: number, expiresAt: number): Promise<void> {
  await redis.zadd(RUNS, expiresAt, memberOf(run, parts));
}

/**
 * Removes everything that a judgement has in the queue: jobs, results, and its own queue. Workers that still read parts
 * of it stop, and their jobs are gone with that.
 * @param withinMs how long to wait for those workers; what is left after that goes with the next call
 * @returns whether nothing is left
 */
export async function removeRun(redis: Redis, run: string, parts: number, withinMs: number): Promise<boolean> {
  await redis.set(endedKey(run), "1", "PX", AFTER_DEADLINE_MS);
  const queues = [joinQueue(run), PARTS].map((name) => new Queue(name, { connection: redis, prefix: PREFIX }));
  const [join, shared] = queues as [Queue, Queue];
  // Each of their answers is waited for, and says it too.
  for (const queue of queues) queue.on("error", () => undefined);
  try {
    const until = performance.now() + withinMs;
    let left = Array.from({ length: parts }, (_, index) => partJob(run, index));
    for (;;) {
      const gone = await Promise.all(left.map((id) => isRemoved(shared, id)));
      left = left.filter((_, at) => gone[at] !== true);
      if (left.length === 0 || performance.now() > until) break;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    // Last: a part that fails or goes still moves the job that waits for it.
    await join.obliterate({ force: true });
    await redis.unlink(...Array.from({ length: parts }, (_, index) => resultKey(run, index)));
    if (left.length === 0) await redis.zrem(RUNS, memberOf(run, parts));
    return left.length === 0;
  } finally {
    await Promise.all(queues.map((queue) => queue.close()));
  }
}

/** Whether a job is gone. One that a worker holds is not, until that stops. */
async function isRemoved(queue: Queue, id: string): Promise<boolean> {
  const job = await Job.fromId(queue, id);
  if (job === undefined) return true;
  try {
    await job.remove();
    return true;
  } catch {
    // Locked by its worker.
    return false;
  }
}

/** Removes what judgements have left whose processes were killed: their deadline is over. */
export async function removeLeftovers(redis: Redis): Promise<void> {
  const before = (await timeOf(redis)) - AFTER_DEADLINE_MS;
  for (const member of await redis.zrangebyscore(RUNS, "-inf", before)) {
    const [run = "", parts = ""] = member.split(" ");
    await removeRun(redis, run, Number(parts), 0);
  }
}

function memberOf(run: string, parts: number): string {
  return `${run} ${parts}`;
}
