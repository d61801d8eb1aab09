import type { ModelBaseline, ModelReading, WatchRule } from "@qsc/contract";
import { FALSE_ALARM_BUDGET, powerOfWatch, RecentDecisions, seenInTime, SequentialMonitor } from "@qsc/violations";
import { Adwin } from "./judges/adwin.js";
import { Drift } from "./judges/drift.js";
import { MannWhitney, MetricCounts } from "./judges/mann-whitney.js";
import { PageHinkley } from "./judges/page-hinkley.js";
import { PointEstimates } from "./judges/point-estimates.js";
import { Market } from "./market.js";
import { Clock } from "./arrivals.js";
import { LABELS, ModelStream, type Answer, type AnswerStream } from "./model-stream.js";
import { recorded, RecordedStream } from "./recorded.js";
import { Random } from "./random.js";
import type { Scenario } from "./scenarios.js";

export const JUDGES = ["runbook", "strict", "evidence", "adwin", "pageHinkley", "mannWhitney"] as const;
export type Judge = (typeof JUDGES)[number];
/** Used where the other judges are known to end every watch. */
const OWN_JUDGES: readonly Judge[] = ["runbook", "strict", "evidence"];

function judgesOf({ group }: Scenario): readonly Judge[] {
  return group === "dependence" || group === "persistent fault" ? OWN_JUDGES : JUDGES;
}

/** When a judge ended a watch. */
interface Alarm {
  readonly event: number;
  readonly second: number;
  /** The check, if the judge has one. */
  readonly check: string | null;
}

/** The outcome of one watch. */
export interface Outcome {
  readonly alarms: Readonly<Record<Judge, Alarm | null>>;
  /** The first event with the fault; null if there is none. */
  readonly fault: Alarm | null;
  /**
   * Whether a check objects at the end of a watch that the rule did not end before. The canary is then not eligible.
   */
  readonly refused: Readonly<Record<WatchRule, boolean>>;
}

/** In seconds: six hours, and a look of the runbook's monitor every thirty. */
const DURATION = 6 * 3600;
const POLL = 30;
const WINDOW = 2000;
/** With fewer events a point estimate does not end a watch. */
const LEAST_EVENTS = 200;
const BASELINE_EVENTS = 2000;

interface Model {
  readonly stream: AnswerStream;
  readonly estimates: PointEstimates;
  readonly adwin: Drift;
  readonly pageHinkley: Drift;
  readonly mannWhitney: MannWhitney;
  readonly reading: { -readonly [Key in keyof ModelReading]: ModelReading[Key] };
  readonly baseline: ModelBaseline;
}

/** One watch from beginning to end, as every judge sees it. The same for the same scenario, seed and index. */
export function simulate(scenario: Scenario, seed: number, index: number): Outcome {
  const named = (what: string): Random => new Random(seed + index, `${scenario.name}/${what}`);
  const time = named("time");
  const market = new Market(named("market"), scenario.dwell);
  const models = scenario.models.map((_, at) =>
    prepare(streamOf(scenario, at, named(`model ${at}`)), market, at, scenario),
  );
  const clock = new Clock(time, scenario.arrivals);
  const judges = judgesOf(scenario);
  const hasOthers = judges === JUDGES;
  const setup = {
    policy: scenario.policy,
    models: models.map(({ reading }) => reading.model),
    baselines: new Map(models.map(({ reading, baseline }) => [reading.model, baseline])),
    alpha: (FALSE_ALARM_BUDGET * models.length) / scenario.budgetFor,
  };
  const evidence = new SequentialMonitor(setup);
  const seen = new Map(powerOfWatch(setup, DURATION * 1000).map((power) => [power.model, seenInTime(power)]));
  const readings = models.map(({ reading }) => reading);
  const faultAt =
    scenario.fault === null ? Infinity : scenario.fault.start === "the beginning" ? 0 : 7200 + 3600 * time.next();
  const alarms: Record<Judge, Alarm | null> = {
    runbook: null,
    strict: null,
    evidence: null,
    adwin: null,
    pageHinkley: null,
    mannWhitney: null,
  };
  let fault: Alarm | null = null;
  let event = 0;
  let poll = POLL;
  const note = (judge: Judge, second: number, check: string | null = null): void => {
    alarms[judge] ??= { event, second, check };
  };
  const violated = (isLeft = false): string | null => {
    if (event < LEAST_EVENTS) return null;
    for (const { estimates, reading } of models) {
      const check = estimates.violated(isLeft ? seen.get(reading.model) : undefined);
      if (check !== null) return check;
    }
    return null;
  };
  const look = (second: number): void => {
    const check = alarms.runbook === null ? violated() : null;
    if (check !== null) note("runbook", second, check);
    if (
      hasOthers &&
      alarms.mannWhitney === null &&
      event >= LEAST_EVENTS &&
      models.some(({ mannWhitney }) => mannWhitney.isDifferent())
    )
      note("mannWhitney", second);
  };
  for (let at = clock.next(); at.second < DURATION; at = clock.next()) {
    const { second, symbol } = at;
    for (; poll <= second; poll += POLL) look(poll);
    if (fault === null && second >= faultAt) {
      fault = { event, second, check: null };
      if (scenario.fault !== null) models[0]?.stream.begin(scenario.fault.fault);
    }
    event += 1;
    const regime = market.next();
    for (const model of models) {
      const answer = model.stream.next(regime, symbol);
      model.estimates.add(answer);
      if (hasOthers && alarms.mannWhitney === null) model.mannWhitney.add(answer);
      if (hasOthers && alarms.adwin === null && model.adwin.add(answer)) note("adwin", second);
      if (hasOthers && alarms.pageHinkley === null && model.pageHinkley.add(answer)) note("pageHinkley", second);
      if (alarms.evidence === null) read(model.reading, answer);
    }
    if (alarms.evidence === null) {
      const occasion = { ms: Math.round(second * 1000), symbol: nameOf(models[0]?.stream, symbol) };
      const isProven = evidence.take(readings, occasion);
      // What the evidence would not find in time ends the watch as a point estimate.
      const check = isProven ? (evidence.conclusive()[0]?.check ?? null) : violated(true);
      if (check !== null) note("evidence", second, check);
    }
    if (alarms.strict === null) {
      const check = alarms.evidence?.check ?? violated();
      if (check !== null) note("strict", second, check);
    }
    if (judges.every((judge) => alarms[judge] !== null))
      return { alarms, fault, refused: { strict: false, evidence: false } };
  }
  for (; poll <= DURATION; poll += POLL) look(poll);
  const isObjected = models.some(({ estimates }) => estimates.objection() !== null);
  return {
    alarms,
    fault,
    refused: { strict: alarms.strict === null && isObjected, evidence: alarms.evidence === null && isObjected },
  };
}

/** What a model of the scenario answers. */
function streamOf({ models, recorded: drawn }: Scenario, at: number, random: Random): AnswerStream {
  if (drawn !== null) {
    const answers = recorded()?.get(drawn.model);
    if (answers === undefined) throw new Error(`the recording has no model ${drawn.model}`);
    return new RecordedStream(answers, random, drawn.block);
  }
  const kind = models[at];
  if (kind === undefined) throw new Error(`there is no model ${at}`);
  return new ModelStream(kind, random);
}

/** A model with its judges, and the baseline that they compare it with. */
function prepare(stream: AnswerStream, market: Market, at: number, { policy, arrivals }: Scenario): Model {
  const before = new PointEstimates(BASELINE_EVENTS, policy.limits, {
    predictions: 0,
    nonPredictions: 0,
    latencyP95Ms: null,
  });
  const metrics = new MetricCounts();
  const recent = new RecentDecisions(policy);
  const reading: Model["reading"] = {
    model: `model ${at}`,
    nonPrediction: null,
    voted: true,
    action: null,
    confidence: 0,
    latencyMs: null,
    artifactSha256: null,
  };
  for (let event = 0; event < BASELINE_EVENTS; event += 1) {
    const symbol = event % arrivals.symbols;
    const answer = stream.next(market.next(), symbol);
    before.add(answer);
    metrics.add(answer);
    read(reading, answer);
    const inBurst = event % arrivals.burst;
    const ms = Math.round(((event - inBurst) / arrivals.burst) * arrivals.everySeconds * 1000) + inBurst;
    recent.add({ id: `${BigInt(ms)}-${BigInt(event)}`, symbol: nameOf(stream, symbol), models: [{ ...reading }] });
  }
  const { predictions } = before;
  const dependence = recent.measured().get(reading.model);
  const baseline: ModelBaseline = {
    predictions,
    nonPredictions: BASELINE_EVENTS - predictions,
    latencyP95Ms: before.latencyP95(),
    ...(dependence !== undefined && { dependence }),
  };
  return {
    stream,
    estimates: new PointEstimates(WINDOW, policy.limits, baseline),
    adwin: new Drift(() => new Adwin()),
    pageHinkley: new Drift(() => new PageHinkley()),
    mannWhitney: new MannWhitney(metrics, WINDOW),
    reading,
    baseline,
  };
}

/** A recorded answer has the symbol that was recorded. */
function nameOf(stream: AnswerStream | undefined, symbol: number): string {
  return `S${stream instanceof RecordedStream ? stream.symbol : symbol}`;
}

function read(reading: Model["reading"], { predicts, label, confidence, latency }: Answer): void {
  reading.nonPrediction = predicts ? null : "error";
  reading.action = LABELS[label];
  reading.confidence = confidence / 10_000;
  reading.latencyMs = latency / 10;
}
