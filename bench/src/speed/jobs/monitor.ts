// What a running watch costs per event, including everything its process does: polling, judging, evidence, lease and
// state file. Arguments: a Redis, a stream that is being written, the time of its first event, and how many new events
// to wait for.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { digestOf, iso } from "@qsc/contract";
import { openSource } from "@qsc/stream-reader";
import { DEFAULT_POLICY } from "@qsc/violations";
import { importRollout } from "../internals.js";

const [, , url = "", key = "", since = "0", events = "60"] = process.argv;
const UNIT = "engine.service";
const MODELS = ["xgboost", "lightgbm", "nhits", "patchtst"];
/** With fewer judgements the watch has only just caught up. */
const SETTLED = 5;

const { canaryPaths, hostClock, hostFiles, monitor, fileLock } = await importRollout();
const workdir = await mkdtemp(join(tmpdir(), "qsc-bench-watch-"));
const paths = canaryPaths(workdir);
const weights = Object.fromEntries(MODELS.map((model) => [model, 0.25]));
const state = {
  version: 1,
  unit: UNIT,
  operation: "bench",
  updatedAt: iso(Date.now()),
  phase: "canary",
  canary: {
    model: "patchtst",
    share: 0.1,
    weights,
    baseline: weights,
    models: Object.fromEntries(
      MODELS.map((model) => [model, { predictions: 2000, nonPredictions: 0, latencyP95Ms: 12 }]),
    ),
    formerBoot: null,
    policyHash: digestOf(DEFAULT_POLICY),
  },
  watch: {
    cutover: iso(Number(since)),
    startedAt: iso(Number(since)),
    cursor: null,
    watchedMs: 0,
    durationMs: 1e9,
    judgements: 0,
    events: 0,
    lastJudgedAt: null,
    worst: [],
  },
  evidence: null,
};
await mkdir(dirname(paths.state), { recursive: true });
await writeFile(paths.state, JSON.stringify(state));
const { id, uptimeSeconds } = await hostClock.boot();
// The state after an activation: a watch continues with a running lease.
await writeFile(paths.lease, `${`${id} ${Math.floor(uptimeSeconds + 60)}`.padEnd(79)}\n`);

const end = new AbortController();
let first: { readonly events: number; readonly cpu: NodeJS.CpuUsage; readonly ms: number } | null = null;
try {
  const document = await monitor(
    {
      unit: UNIT,
      services: { guardState: () => Promise.resolve("armed") },
      systemctl: null,
      files: hostFiles,
      clock: hostClock,
      workdir,
      paths,
      lock: fileLock({ directory: workdir, name: "acts", deed: "acts", holder: "the benchmark" }),
      watchLock: fileLock({ directory: workdir, name: "watches", deed: "watches", holder: "the benchmark" }),
      judgement: {
        policy: DEFAULT_POLICY,
        policySource: "built-in",
        unit: UNIT,
        host: "bench",
        toolVersion: "0",
        now: Date.now,
      },
      user: "bench",
      operation: "bench",
      openSource: () => openSource(url, { stream: key }),
      telemetry: { source: url, stream: key },
      settings: {},
      program: [],
    },
    {
      durationMs: null,
      intervalMs: 30_000,
      window: 2000,
      rule: "strict",
      stay: false,
      proofMs: 1000,
      signal: end.signal,
      onReport: ({ watch }) => {
        if (watch.judgements < SETTLED) return;
        first ??= { events: watch.events, cpu: process.cpuUsage(), ms: performance.now() };
        const counted = watch.events - first.events;
        if (counted < Number(events)) return;
        const { user, system } = process.cpuUsage(first.cpu);
        console.log(
          JSON.stringify({
            seconds: (performance.now() - first.ms) / 1000 / counted,
            cpuSeconds: (user + system) / 1e6 / counted,
          }),
        );
        end.abort();
      },
    },
  );
  if (document.outcome !== "interrupted")
    throw new Error(`the watch came to its own end: ${document.outcome}: ${document.reasons.join("; ")}`);
} finally {
  await rm(workdir, { recursive: true });
}
