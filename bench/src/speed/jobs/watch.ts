// What one judgement of a running watch costs, including its evidence, depending on how long the watch has run.
import { idTime, type Canary, type EntryId } from "@qsc/contract";
import type { RawEntry } from "@qsc/stream-reader";
import { compilePolicy, DEFAULT_POLICY, SequentialMonitor } from "@qsc/violations";
import { eventsOf } from "../events.js";
import { importWatchWindow } from "../internals.js";

const [, , before = "2000", looks = "200"] = process.argv;
const WINDOW = 2000;
const SEED = 5;

const MODELS = ["xgboost", "lightgbm", "nhits", "patchtst"];
const BASELINE = { predictions: 2000, nonPredictions: 0, latencyP95Ms: 12 };
const canary = {
  weights: Object.fromEntries(MODELS.map((model) => [model, 0.25])),
  models: Object.fromEntries(MODELS.map((model) => [model, BASELINE])),
} as unknown as Canary;

function* entries(): Generator<RawEntry> {
  const count = Number(before) + Number(looks);
  for (const { id, fields } of eventsOf({ count, version: 2, models: MODELS.length, seed: SEED })) {
    yield { kind: "entry", id: id as EntryId, place: id, fields };
  }
}

const WatchWindow = await importWatchWindow();
const window = new WatchWindow(WINDOW, await compilePolicy(DEFAULT_POLICY), canary, 0);
const evidence = new SequentialMonitor({
  policy: DEFAULT_POLICY,
  models: MODELS,
  baselines: new Map(Object.entries(canary.models)),
});
const take = (entry: RawEntry): void => {
  const { decision } = window.add(entry);
  if (decision !== null) evidence.take(decision.models);
};
let fed = 0;
let seconds = 0;
let cpuSeconds = 0;
for (const entry of entries()) {
  fed += 1;
  if (fed <= Number(before)) {
    take(entry);
    continue;
  }
  const cpu = process.cpuUsage();
  const start = performance.now();
  take(entry);
  const { events } = window.look(idTime(entry.id) + 100, []);
  const proven = evidence.conclusive().length;
  seconds += (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  cpuSeconds += (used.user + used.system) / 1e6;
  if (events !== WINDOW) throw new Error(`the window judged ${events} events, not ${WINDOW}`);
  if (proven > 0) throw new Error("the evidence is against models that are well");
}
console.log(JSON.stringify({ seconds: seconds / Number(looks), cpuSeconds: cpuSeconds / Number(looks) }));
