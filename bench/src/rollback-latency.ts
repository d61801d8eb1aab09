// From a violating event in Redis to the stop of the unit that begins the restart with the baseline.
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { CanaryHost, UNIT } from "./canary-host.js";

const STREAM = "quantum:stream:trade.intent";
const ROUNDS = Number(process.argv[2] ?? "50");
const RATE = 40;
const MODEL = "patchtst";

/** The newest entry once more, as another decision in which the model answers with a label that is none. */
async function violate(redis: Redis, round: number): Promise<number> {
  const [newest] = await redis.xrevrange(STREAM, "+", "-", "COUNT", 1);
  if (newest === undefined) throw new Error("the stream is empty");
  const fields = new Map<string, string>();
  for (let at = 0; at < newest[1].length; at += 2) fields.set(newest[1][at] ?? "", newest[1][at + 1] ?? "");
  const payload = JSON.parse(fields.get("payload") ?? "{}") as Record<string, unknown>;
  const breakdown = JSON.parse(fields.get("model_breakdown") ?? "{}") as Record<string, Record<string, unknown>>;
  fields.set("payload", JSON.stringify({ ...payload, decision_id: `bench-${round}` }));
  fields.set("model_breakdown", JSON.stringify({ ...breakdown, [MODEL]: { ...breakdown[MODEL], action: "HODL" } }));
  await redis.xadd(STREAM, "*", ...[...fields].flat());
  return Date.now() + (performance.now() % 1);
}

/** When systemd last began to stop the unit, in milliseconds since 1970. */
async function lastStop(host: CanaryHost): Promise<number> {
  await host.systemd.run("journalctl", "--sync");
  const { stdout } = await host.systemd.run("journalctl", "-u", UNIT, "-o", "json", "--no-pager", "_PID=1");
  const stops = stdout.trim().split("\n").map((line) => JSON.parse(line) as Record<string, string>).filter(({ MESSAGE }) => MESSAGE?.startsWith("Stopping ") === true);
  return Number(stops.at(-1)?.["__REALTIME_TIMESTAMP"]) / 1000;
}

async function until(question: () => Promise<boolean>): Promise<void> {
  while (!(await question())) await wait(100);
}

async function round(host: CanaryHost, redis: Redis, number: number): Promise<number> {
  const { cutover } = await host.qsc("cutover");
  await until(async () => (await host.qsc("quality-gate", "--mode", "canary", "--model", MODEL, "--after", String(cutover)))["exitCode"] === 0);
  const activated = await host.qsc("activate", "--model", MODEL, "--cutover", String(cutover));
  if (activated["exitCode"] !== 0) throw new Error(`the activation failed: ${JSON.stringify(activated["reasons"])}`);
  const { exited } = host.spawnQsc("monitor");
  await until(async () => (((await host.qsc("status"))["watch"] as { judgements?: number } | null)?.judgements ?? 0) > 0);
  const violated = await violate(redis, number);
  const code = await exited;
  if (code !== 2) throw new Error(`the monitor ended with ${code}, not with a rollback`);
  return (await lastStop(host)) - violated;
}

await using host = await CanaryHost.start(RATE);
const redis = new Redis(host.redis.url);
try {
  const latencies: number[] = [];
  for (let number = 1; number <= ROUNDS; number += 1) {
    const latency = await round(host, redis, number);
    latencies.push(latency);
    console.log(`rollback ${number} of ${ROUNDS}: ${latency.toFixed(0)} ms`);
  }
  latencies.sort((a, b) => a - b);
  const median = latencies[Math.floor(latencies.length / 2)] ?? Number.NaN;
  console.log(`event in Redis -> stop of the unit, ${latencies.length} rollbacks: median ${median.toFixed(0)} ms, worst ${(latencies.at(-1) ?? Number.NaN).toFixed(0)} ms`);
} finally {
  redis.disconnect();
}
