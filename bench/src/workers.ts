// What workers gain over one process: a stream in eight shards on a cluster of three, judged by one process and by workers,
// in turns; and how much memory each of them needs.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startCluster, startRedis, temporaryDirectory } from "@qsc-tooling/testkit";
import { markdownTable, replaceSection } from "./page.js";
import { eventsOf } from "./speed/events.js";
import { RawRedis } from "./speed/resp.js";

const { values } = parseArgs({
  options: {
    entries: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
    seed: { type: "string", default: "20261201" },
    write: { type: "boolean", default: false },
  },
});
const [entries, rounds, seed] = [values.entries, values.rounds, values.seed].map(Number) as [number, number, number];
if (![entries, rounds, seed].every((count) => Number.isSafeInteger(count) && count > 0))
  throw new Error("--entries, --rounds and --seed are whole numbers above 0");

const SHARDS = 8;
const WORKERS = [1, 2, 4];
const KEYS = Array.from({ length: SHARDS }, (_, shard) => `intents-${shard}`);
const PATTERN = `intents-{0..${SHARDS - 1}}`;
const BIN = fileURLToPath(new URL("../../apps/qsc/bin/qsc.js", import.meta.url));

await using home = await temporaryDirectory();
await using cluster = await startCluster(3);
await using queue = await startRedis();
const SOURCE = ["--source", cluster.url, "--stream", PATTERN];

for (const [shard, key] of KEYS.entries()) {
  const owner = await RawRedis.open((await cluster.ownerOf(key)).url);
  await owner.add(key, wordsOf(shard));
  owner.close();
}

/** Every eighth event. */
function* wordsOf(shard: number): Generator<readonly string[]> {
  let index = 0;
  for (const { id, fields } of eventsOf({ count: entries, version: 2, models: 4, seed })) {
    if (index % SHARDS === shard) yield [id, ...fields];
    index += 1;
  }
}

function qsc(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { cwd: home.path, stdio: ["ignore", "pipe", "pipe"] });
}

/** What a process has used so far: seconds of the processor, and the most memory in MB. */
async function usage({ pid }: ChildProcess): Promise<{ readonly cpu: number; readonly mb: number }> {
  const [stat, status] = await Promise.all(
    ["stat", "status"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")),
  );
  const [user, system] = (stat?.split(") ")[1] ?? "").split(" ").slice(11, 13).map(Number);
  const kb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status ?? "")?.[1]);
  return { cpu: ((user ?? Number.NaN) + (system ?? Number.NaN)) / 100, mb: kb / 1024 };
}

interface Run {
  readonly seconds: number;
  /** The judging process. */
  readonly mb: number;
  readonly document: string;
}

/** Judges everything, and answers when the verdict is there. */
async function judged(...more: readonly string[]): Promise<Run> {
  const begin = performance.now();
  const child = qsc(
    "quality-gate",
    "--mode",
    "canary",
    ...SOURCE,
    "--as-of",
    "2026-02-01T00:00:00Z",
    "--json",
    ...more,
  );
  let [out, err, mb] = ["", "", 0];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  const watching = setInterval(() => {
    void usage(child).then((now) => (mb = Math.max(mb, Number.isNaN(now.mb) ? 0 : now.mb)));
  }, 50);
  await once(child, "close");
  clearInterval(watching);
  const seconds = (performance.now() - begin) / 1000;
  if (out === "") throw new Error(`there is no verdict: ${err}`);
  // All but when it was judged, and the digest over that.
  const document = { ...(JSON.parse(out) as object), judgedAt: null, digest: null };
  return { seconds, mb, document: JSON.stringify(document) };
}

/** Workers that are ready. */
async function started(count: number): Promise<readonly ChildProcess[]> {
  const workers = Array.from({ length: count }, () => qsc("worker", "--queue", queue.url, ...SOURCE));
  for (const worker of workers) {
    let said = "";
    for await (const text of worker.stderr?.setEncoding("utf8") ?? []) {
      said += String(text);
      if (said.includes("Reads ")) break;
    }
  }
  return workers;
}

async function stopped(workers: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    workers.map(async (worker) => {
      const closed = once(worker, "close");
      worker.kill("SIGTERM");
      await closed;
    }),
  );
}

interface Row {
  readonly name: string;
  readonly seconds: number[];
  readonly worker: { cpu: number; mb: number }[];
  readonly parent: number[];
}
const rows: Row[] = [
  { name: "one process, one thread", seconds: [], worker: [], parent: [] },
  ...WORKERS.map((count) => ({
    name: count === 1 ? "one worker" : `${count} workers`,
    seconds: [],
    worker: [],
    parent: [],
  })),
];
const documents = new Set<string>();

for (let round = 0; round < rounds; round += 1) {
  for (const [at, row] of rows.entries()) {
    const count = WORKERS[at - 1];
    const workers = count === undefined ? [] : await started(count);
    const more = count === undefined ? ["--threads", "1"] : ["--queue", queue.url, "--parts", "16"];
    const run = await judged(...more);
    row.seconds.push(run.seconds);
    row.parent.push(run.mb);
    row.worker.push(...(await Promise.all(workers.map(usage))));
    documents.add(run.document);
    await stopped(workers);
  }
}

function median(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN;
}

const alone = median(rows[0]?.seconds ?? []);
const table = markdownTable(
  ["", "s, median (range)", "of one process", "MB of a worker, most", "MB of the judging process, most"],
  rows.map(({ name, seconds, worker, parent }) => [
    name,
    `${median(seconds).toFixed(1)} (${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)})`,
    `${(median(seconds) / alone).toFixed(2)} x`,
    worker.length === 0 ? "" : Math.max(...worker.map(({ mb }) => mb)).toFixed(0),
    Math.max(...parent).toFixed(0),
  ]),
);
const same =
  documents.size === 1 ? "All documents were the same." : `THERE WERE ${documents.size} DIFFERENT DOCUMENTS.`;
const text = `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Node ${process.versions.node}; ${entries} decisions of four models, version 2, in ${SHARDS} shards on a cluster of three; ${rounds} rounds in turns, 16 parts; seed ${seed}. ${same}

${table}`;
console.log(text);
if (values.write) await replaceSection("workers", text);
