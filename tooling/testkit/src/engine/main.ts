// A scripted engine as a process. Environment: INTENT_SINK (URL of a Redis), INTENT_STREAM (several keys are shards, which take turns), RATE (decisions per
// second), SEED, IGNORE_DROP_IN, and the QSC_CANARY_* of a drop-in. FAULT_KEY in Redis says which fault to show.
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { FAULT_KEY } from "./faults.js";
import { Script } from "./script.js";

const { INTENT_SINK = "", INTENT_STREAM = "", RATE = "", SEED = "" } = process.env;
const rate = Number(RATE);
const shards = INTENT_STREAM.split(",");
let decisions = 0;
const BEAT_MS = 20;

const script = new Script(Number(SEED), process.env);
const redis = new Redis(INTENT_SINK, {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => 100,
  lazyConnect: true,
});
redis.on("error", () => undefined);
const stop = new AbortController();
process.on("SIGTERM", () => {
  stop.abort();
});

/** Publishes this many decisions, with the current fault. */
async function publish(count: number): Promise<void> {
  const fault = await redis.get(FAULT_KEY);
  const pipeline = redis.pipeline();
  for (let made = 0; made < count; made += 1) {
    const entry = script.decide(Date.now(), fault);
    const shard = shards[decisions++ % shards.length] ?? "";
    if (entry !== null) pipeline.xadd(shard, "*", ...Object.entries(entry.fields).flat());
  }
  await pipeline.exec();
}

console.log(`AI_ENGINE_BUILD: scripted, seed ${SEED}`);
await redis.connect().catch(() => undefined);
let published = 0;
const startedMs = performance.now();
while (!stop.signal.aborted) {
  const due = Math.floor(((performance.now() - startedMs) / 1000) * rate) - published;
  published += due;
  // Decisions that cannot be published are lost: a scripted engine has no buffer.
  if (due > 0 && redis.status === "ready")
    await publish(Math.min(due, rate)).catch((error: unknown) => {
      if (redis.status === "ready") throw error;
    });
  await wait(BEAT_MS, undefined, { signal: stop.signal }).catch(() => undefined);
}
redis.disconnect();
