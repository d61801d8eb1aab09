// What workers gain over one process: a stream in eight shards on a cluster of three, judged by one process and by workers,
// in turns; and how much memory each of them needs.
import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { markdownTable, replaceSection } from "../page.js";
import { ended, placeWith, SHARDS } from "./place.js";

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

const WORKERS = [1, 2, 4];
await using place = await placeWith(entries, seed);

/** The most memory that a process has needed so far, in MB; null if it has ended. */
async function mostMb({ pid }: ChildProcess): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const [, kb] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return kb === undefined ? null : Number(kb) / 1024;
}

interface Run {
  readonly seconds: number;
  /** The judging process. */
  readonly mb: number;
  readonly document: string;
}

/** Judges everything. */
async function judged(...more: readonly string[]): Promise<Run> {
  const begin = performance.now();
  const { child, ended: ending } = place.gate(...more);
  let mb = 0;
  const watching = setInterval(() => {
    void mostMb(child).then((now) => {
      if (now !== null) mb = now;
    });
  }, 50);
  const { document, err } = await ending;
  clearInterval(watching);
  if (document === null) throw new Error(`there is no verdict: ${err}`);
  return { seconds: (performance.now() - begin) / 1000, mb, document };
}

interface Row {
  readonly name: string;
  readonly seconds: number[];
  readonly worker: number[];
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
    const workers = await Promise.all(Array.from({ length: count ?? 0 }, () => place.worker()));
    const more = count === undefined ? ["--threads", "1"] : ["--queue", place.queue.url, "--parts", "16"];
    const run = await judged(...more);
    row.seconds.push(run.seconds);
    row.parent.push(run.mb);
    for (const worker of workers) row.worker.push((await mostMb(worker)) ?? Number.NaN);
    documents.add(run.document);
    await Promise.all(workers.map((worker) => ended(worker, "SIGTERM")));
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
    worker.length === 0 ? "" : Math.max(...worker).toFixed(0),
    Math.max(...parent).toFixed(0),
  ]),
);
const same =
  documents.size === 1 ? "All documents were the same." : `THERE WERE ${documents.size} DIFFERENT DOCUMENTS.`;
const text = `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Node ${process.versions.node}; ${entries} decisions of four models, version 2, in ${SHARDS} shards on a cluster of three; ${rounds} rounds in turns, 16 parts; seed ${seed}. ${same}

${table}`;
console.log(text);
if (values.write) await replaceSection("workers", text);
