// Judges the same shards again and again by workers, while workers, the judging process, the queue and the nodes of the cluster
// are killed or stopped at random moments: a verdict must be that of one process, or none.
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createRandom } from "@qsc-tooling/testkit";
import { markdownTable, replaceSection } from "../page.js";
import { ended, placeWith } from "./place.js";

const { values } = parseArgs({
  options: {
    faults: { type: "string", default: "1000" },
    seed: { type: "string", default: "20261201" },
    write: { type: "boolean", default: false },
  },
});
const [faults, seed] = [values.faults, values.seed].map(Number) as [number, number];
if (![faults, seed].every((count) => Number.isSafeInteger(count) && count > 0))
  throw new Error("--faults and --seed are whole numbers above 0");
console.log(`seed ${seed}`);

const ENTRIES = 24_000;
const WORKERS = 2;
/** A fault comes within this time of the start of a judgement, in milliseconds. */
const WITHIN_MS = 2500;
/** How long something stands still, in milliseconds. */
const STILL_MS = 1500;

const random = createRandom(seed);
await using place = await placeWith(ENTRIES, seed);
const { document: truth } = await place.gate("--threads", "1").ended;
if (truth === null) throw new Error("one process has no verdict");
let workers = await Promise.all(Array.from({ length: WORKERS }, () => place.worker()));

function any<T>(of: readonly T[]): T {
  const one = of[Math.floor(random.uniform() * of.length)];
  if (one === undefined) throw new Error("there is none");
  return one;
}

/** What happens to a judgement that is under way. */
const FAULTS: Readonly<Record<string, (gate: ChildProcess) => Promise<void>>> = {
  "a worker is killed": () => ended(any(workers), "SIGKILL"),
  "a worker is told to stop": () => ended(any(workers), "SIGTERM"),
  "a worker stands still": async () => {
    const worker = any(workers);
    worker.kill("SIGSTOP");
    await sleep(STILL_MS);
    worker.kill("SIGCONT");
  },
  "the judging process is killed": (gate) => ended(gate, "SIGKILL"),
  "the judging process is interrupted": (gate) => ended(gate, "SIGINT"),
  "the queue is killed, and comes back empty": async () => {
    await place.queue.kill();
    await place.queue.restart();
  },
  "the queue stands still": async () => {
    place.queue.pause();
    await sleep(STILL_MS);
    place.queue.resume();
  },
  "a node of the cluster stands still": async () => {
    const node = any(place.cluster.nodes);
    node.pause();
    await sleep(STILL_MS);
    node.resume();
  },
};

const counts = new Map(Object.keys(FAULTS).map((name) => [name, { same: 0, none: 0 }]));
let wrong = 0;
for (let round = 0; round < faults; round += 1) {
  const [name, fault] = any(Object.entries(FAULTS));
  const gate = place.gate("--queue", place.queue.url, "--parts", "8", "--deadline", "10s");
  await sleep(random.uniform() * WITHIN_MS);
  const [, { document, code, err }] = await Promise.all([fault(gate.child), gate.ended]);
  const count = counts.get(name);
  const isVerdict = document !== null && !document.startsWith('{"kind":"error"');
  if (count !== undefined) count[isVerdict ? "same" : "none"] += 1;
  if ((isVerdict && document !== truth) || (!isVerdict && code === 0)) {
    wrong += 1;
    console.log(`round ${round}, ${name}: exit ${code}, ${document ?? "no document"} ${err}`);
  }
  workers = await Promise.all(
    workers.map(async (worker) => {
      const isThere = worker.exitCode === null && worker.signalCode === null;
      return isThere ? worker : place.worker();
    }),
  );
}
await Promise.all(workers.map((worker) => ended(worker, "SIGKILL")));

const table = markdownTable(
  ["what happened", "the verdict of one process", "none"],
  [...counts].map(([name, { same, none }]) => [name, String(same), String(none)]),
);
const text = `Run on ${new Date().toISOString().slice(0, 10)}, seed ${seed}: ${faults} faults, ${wrong} verdicts that one process does not give.

${table}`;
console.log(text);
if (values.write) await replaceSection("workers kills", text);
if (wrong > 0) process.exitCode = 1;
