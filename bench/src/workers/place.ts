import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  startCluster,
  startRedis,
  temporaryDirectory,
  type RedisCluster,
  type RedisServer,
} from "@qsc-tooling/testkit";
import { eventsOf } from "../speed/events.js";
import { RawRedis } from "../speed/resp.js";

export const SHARDS = 8;
const KEYS = Array.from({ length: SHARDS }, (_, shard) => `intents-${shard}`);
const BIN = fileURLToPath(new URL("../../../apps/qsc/bin/qsc.js", import.meta.url));

/** A gate that has ended. */
interface Judged {
  readonly code: number | null;
  /** Its document without when it was judged, and the digest over that; null if there is none. */
  readonly document: string | null;
  readonly err: string;
}

/** A stream in shards on a cluster, and a queue. */
export interface Place extends AsyncDisposable {
  readonly cluster: RedisCluster;
  readonly queue: RedisServer;
  /** Starts a gate over all of it. */
  readonly gate: (...more: readonly string[]) => { readonly child: ChildProcess; readonly ended: Promise<Judged> };
  /** Starts a worker, and resolves when it is ready. */
  readonly worker: () => Promise<ChildProcess>;
}

/** Fills the shards, each with every eighth event. */
export async function placeWith(entries: number, seed: number): Promise<Place> {
  const home = await temporaryDirectory();
  const [cluster, queue] = [await startCluster(3), await startRedis()];
  for (const [shard, key] of KEYS.entries()) {
    const owner = await RawRedis.open((await cluster.ownerOf(key)).url);
    await owner.add(key, wordsOf(shard, entries, seed));
    owner.close();
  }
  const source = ["--source", cluster.url, "--stream", `intents-{0..${SHARDS - 1}}`];
  const qsc = (...args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [BIN, ...args], { cwd: home.path, stdio: ["ignore", "pipe", "pipe"] });
  return {
    cluster,
    queue,
    gate: (...more) => {
      const fixed = ["--mode", "canary", "--as-of", "2026-02-01T00:00:00Z", "--json"];
      const child = qsc("quality-gate", ...fixed, ...source, ...more);
      return { child, ended: judgedBy(child) };
    },
    worker: async () => {
      const child = qsc("worker", "--queue", queue.url, ...source);
      let said = "";
      for await (const text of child.stderr?.setEncoding("utf8") ?? []) {
        said += String(text);
        if (said.includes("Reads ")) return child;
      }
      throw new Error(`the worker did not start: ${said}`);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([cluster.stop(), queue.stop()]);
      await home.remove();
    },
  };
}

function* wordsOf(shard: number, count: number, seed: number): Generator<readonly string[]> {
  let index = 0;
  for (const { id, fields } of eventsOf({ count, version: 2, models: 4, seed })) {
    if (index % SHARDS === shard) yield [id, ...fields];
    index += 1;
  }
}

async function judgedBy(child: ChildProcess): Promise<Judged> {
  let [out, err] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = (await once(child, "close")) as [number | null];
  const document = out === "" ? null : JSON.stringify({ ...(JSON.parse(out) as object), judgedAt: null, digest: null });
  return { code, document, err };
}

/** Ends a process, and resolves when it is gone. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill(signal);
  await closed;
}
