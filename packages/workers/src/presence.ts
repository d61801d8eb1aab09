import type { Redis } from "ioredis";
import { timeOf } from "./connection.js";
import { WORKERS } from "./places.js";

/** A worker says this often that it is there, in milliseconds, and counts as gone after three times that. */
const SAYS_MS = 5000;

/** Says that a worker is there, until the answer is called. Never rejects: without it a worker is only not counted. */
export async function present(redis: Redis, name: string): Promise<() => Promise<void>> {
  const say = async (): Promise<void> => {
    const now = await timeOf(redis);
    await redis
      .pipeline()
      .zremrangebyscore(WORKERS, "-inf", now)
      .zadd(WORKERS, now + 3 * SAYS_MS, name)
      .exec();
  };
  await say();
  const timer = setInterval(() => void say().catch(() => undefined), SAYS_MS);
  return async () => {
    clearInterval(timer);
    await redis.zrem(WORKERS, name);
  };
}

/** How many workers are there. */
export async function presentWorkers(redis: Redis): Promise<number> {
  return redis.zcount(WORKERS, await timeOf(redis), "+inf");
}
