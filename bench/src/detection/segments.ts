// How well a watch sees a model that is dead for one of 20 symbols: false alarms, and how late it is found.
import { parseArgs } from "node:util";
import type { ModelBaseline, ModelReading, Policy } from "@qsc/contract";
import { DEFAULT_POLICY, FALSE_ALARM_BUDGET, RecentDecisions, SequentialMonitor } from "@qsc/violations";
import { markdownTable, replaceSection } from "../page.js";
import { Clock, type Arrivals } from "./arrivals.js";
import { HEALTHY, lopsided, type Kind } from "./kinds.js";
import { Market } from "./market.js";
import { LABELS, ModelStream, type Answer, type AnswerStream } from "./model-stream.js";
import { Random } from "./random.js";
import { recorded, RECORDED_MODELS, RecordedStream } from "./recorded.js";

const { values } = parseArgs({
  options: {
    watches: { type: "string", default: "1000" },
    seed: { type: "string", default: "20251122" },
    write: { type: "boolean", default: false },
  },
});
const watches = Number(values.watches);
const seed = Number(values.seed);
if (![watches, seed].every((count) => Number.isSafeInteger(count) && count > 0))
  throw new Error("--watches and --seed are whole numbers above 0");

const DURATION = 6 * 3600;
const SYMBOLS = 20;
const MODELS = 4;
const BASELINE_DECISIONS = 4096;
const BY_SYMBOL: Policy = { ...DEFAULT_POLICY, segments: { by: "symbol" } };
const PERSISTENCE = [0, 0.2, 0.4, 0.6, 0.8] as const;
const DWELL = 1200;

/** How the model answers for the symbol that it is dead for. */
const FAULTS: Readonly<Record<string, (answer: Answer, n: number) => void>> = {
  "one answer": (answer) => Object.assign(answer, { predicts: true, label: 2, confidence: 6000 }),
  "nearly one confidence": (answer, n) => Object.assign(answer, { predicts: true, confidence: 6000 + (n % 8) }),
  "no answer": (answer) => Object.assign(answer, { predicts: false }),
  "one label, confidences vary": (answer) => Object.assign(answer, { predicts: true, label: 0 }),
};

interface Scenario {
  readonly name: string;
  readonly stream: (random: Random) => AnswerStream;
  readonly arrivals: Arrivals;
  readonly fault: string | null;
  readonly isLate: boolean;
}

/** Of the dead symbol until it is found, or null; and whether any segment was called dead without a fault. */
interface Outcome {
  readonly isFalse: boolean;
  readonly decisions: number | null;
}

function sticky(kind: Kind, persistence: number): Kind {
  return { ...kind, stickiness: persistence, confidence: { ...kind.confidence, autocorrelation: persistence } };
}

function simulate({ name, stream, arrivals, fault, isLate }: Scenario, index: number): Outcome {
  const named = (what: string): Random => new Random(seed + index, `${name}/${what}`);
  const market = new Market(named("market"), DWELL);
  const answers = stream(named("model"));
  const model = "one of four";
  const baseline = baselineOf(answers, market, arrivals, model);
  const monitor = new SequentialMonitor({
    policy: BY_SYMBOL,
    models: [model],
    baselines: new Map([[model, baseline]]),
    alpha: FALSE_ALARM_BUDGET / MODELS,
  });
  const clock = new Clock(named("time"), arrivals);
  const faultAt = fault === null ? Infinity : isLate ? DURATION / 3 : 0;
  let dead = 0;
  for (let { second, symbol } = clock.next(); second < DURATION; { second, symbol } = clock.next()) {
    const answer = answers.next(market.next(), symbol);
    const isDead = symbol === 0 && second >= faultAt;
    if (isDead && fault !== null) FAULTS[fault]?.(answer, (dead += 1));
    const isNew = monitor.take([readingOf(model, answer)], {
      ms: Math.round(second * 1000),
      symbol: nameOf(answers, symbol),
    });
    const found = isNew ? monitor.conclusive().find(({ check }) => check === "segment_collapse") : undefined;
    if (found !== undefined) return { isFalse: !isDead, decisions: isDead ? dead : null };
  }
  return { isFalse: false, decisions: null };
}

/** What a gate has measured of the model before. */
function baselineOf(
  answers: AnswerStream,
  market: Market,
  { symbols, burst, everySeconds }: Arrivals,
  model: string,
): ModelBaseline {
  const recent = new RecentDecisions(DEFAULT_POLICY);
  let nonPredictions = 0;
  for (let at = 0; at < BASELINE_DECISIONS; at += 1) {
    const answer = answers.next(market.next(), at % symbols);
    if (!answer.predicts) nonPredictions += 1;
    const inBurst = at % burst;
    const ms = Math.round(((at - inBurst) / burst) * everySeconds * 1000) + inBurst;
    recent.add({
      id: `${BigInt(ms)}-${BigInt(at)}`,
      symbol: nameOf(answers, at % symbols),
      models: [readingOf(model, answer)],
    });
  }
  const dependence = recent.measured().get(model);
  const counts = { predictions: BASELINE_DECISIONS - nonPredictions, nonPredictions, latencyP95Ms: null };
  return dependence === undefined ? counts : { ...counts, dependence };
}

function nameOf(stream: AnswerStream, symbol: number): string {
  return `S${stream instanceof RecordedStream ? stream.symbol : symbol}`;
}

function readingOf(model: string, { predicts, label, confidence, latency }: Answer): ModelReading {
  return {
    model,
    nonPrediction: predicts ? null : "error",
    voted: predicts,
    action: LABELS[label],
    confidence: confidence / 10_000,
    latencyMs: latency / 10,
    artifactSha256: null,
  };
}

const [balanced] = HEALTHY;
/** 20 symbols in turn, 120 decisions an hour of each. */
const IN_TURN: Arrivals = { symbols: SYMBOLS, burst: 1, everySeconds: 1.5 };
const AT_ONCE: Arrivals = { symbols: SYMBOLS, burst: SYMBOLS, everySeconds: 30 };

function simulated(name: string, kind: Kind, more: Partial<Scenario> = {}): Scenario {
  const stream = (random: Random): AnswerStream => new ModelStream(kind, random);
  return { name, stream, arrivals: IN_TURN, fault: null, isLate: false, ...more };
}

const SOUND: readonly Scenario[] = [
  ...PERSISTENCE.flatMap((r) => [
    simulated(`balanced, persistence ${r}`, sticky(balanced, r)),
    simulated(`BUY .68, persistence ${r}`, sticky(lopsided(0.68), r)),
  ]),
  simulated("20 symbols at once, BUY .60, persistence .6", sticky(lopsided(0.6), 0.6), { arrivals: AT_ONCE }),
  ...RECORDED_MODELS.flatMap((model) =>
    [20, 60, 200].flatMap((block): Scenario[] => {
      const answers = recorded()?.get(model);
      if (answers === undefined) return [];
      const stream = (random: Random): AnswerStream => new RecordedStream(answers, random, block);
      const arrivals = { symbols: 19, burst: 12, everySeconds: 240 };
      return [{ name: `recorded ${model}, blocks of ${block}`, stream, arrivals, fault: null, isLate: false }];
    }),
  ),
];

const DEAD: readonly Scenario[] = PERSISTENCE.flatMap((r) =>
  Object.keys(FAULTS).flatMap((fault) =>
    [false, true].map((isLate) =>
      simulated(`${fault}, persistence ${r}${isLate ? ", from the third hour" : ""}`, sticky(balanced, r), {
        fault,
        isLate,
      }),
    ),
  ),
);

function outcomesOf(scenario: Scenario): readonly Outcome[] {
  process.stderr.write(`${scenario.name}\n`);
  return Array.from({ length: watches }, (_, index) => simulate(scenario, index));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function delaysOf(scenario: Scenario): string {
  const outcomes = outcomesOf(scenario);
  const others = outcomes.filter(({ isFalse }) => !isFalse);
  const delays = others.map(({ decisions }) => decisions ?? Infinity).sort((a, b) => a - b);
  const at = (part: number): string => {
    const delay = delays[Math.min(delays.length - 1, Math.floor(part * delays.length))] ?? Infinity;
    return delay === Infinity ? "-" : String(delay);
  };
  return `${at(0.5)} / ${at(0.95)}`;
}

const falseRows = SOUND.map((scenario) => {
  const outcomes = outcomesOf(scenario);
  return [scenario.name, percent(outcomes.filter(({ isFalse }) => isFalse).length / outcomes.length)];
});
const faultRows = Object.keys(FAULTS).flatMap((fault) =>
  [false, true].map((isLate) => [
    `${fault}, from ${isLate ? "the third hour" : "the beginning"}`,
    ...DEAD.filter((scenario) => scenario.fault === fault && scenario.isLate === isLate).map(delaysOf),
  ]),
);
const text = [
  `${watches} watches of six hours a scenario, seed ${seed}, ${new Date().toISOString().slice(0, 10)}. One of four watched models, of 20 symbols with 120 decisions an hour each; the gate before it had judged 4,096 decisions.`,
  "Watches in which the model was called dead for a symbol, and was not; of four such models at most four times as many:",
  markdownTable(["model", "called dead"], falseRows),
  "Dead for one symbol: decisions of that symbol until it is found, median / P95; `-` is not before the end of the watch:",
  markdownTable(["fault", ...PERSISTENCE.map((r) => `persistence ${r}`)], faultRows),
].join("\n\n");
console.log(text);
if (values.write) await replaceSection("segments", text);
