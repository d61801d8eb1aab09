// What one judgement of a running watch costs, including its evidence, depending on how long the watch has run.
import { idTime, type Canary, type EntryId } from "@qsc/contract";
import type { RawEntry } from "@qsc/stream-reader";
import { compilePolicy, DEFAULT_POLICY, SequentialMonitor } from "@qsc/violations";
import { eventsOf } from "../events.js";
import { importWatchWindow } from "../internals.js";

const [, , before = "2000", looks = "200", symbols = "0"] = process.argv;
const WINDOW = 2000;
const SEED = 5;

const MODELS = ["xgboost", "lightgbm", "nhits", "patchtst"];
const BASELINE = { predictions: 2000, nonPredictions: 0, latencyP95Ms: 12 };
/** With symbols, all tests are made: of labels and confidences too, of the whole and of each symbol. */
const BY_SYMBOL = {
  policy: { ...DEFAULT_POLICY, segments: { by: "symbol" } },
  baseline: { ...BASELINE, dependence: "independent" },
} as const;
const hasSymbols = Number(symbols) > 0;
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
  policy: hasSymbols ? BY_SYMBOL.policy : DEFAULT_POLICY,
  models: MODELS,
  baselines: new Map(MODELS.map((model) => [model, hasSymbols ? BY_SYMBOL.baseline : BASELINE])),
});
let fed = 0;
const take = (entry: RawEntry): void => {
  const { decision } = window.add(entry);
  if (decision === null) return;
  if (hasSymbols) evidence.take(decision.models, { ms: idTime(entry.id), symbol: `S${fed % Number(symbols)}` });
  else evidence.take(decision.models);
};
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
