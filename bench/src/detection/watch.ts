import type { ModelBaseline, ModelReading, WatchRule } from "@qsc/contract";
import { EvidenceWatch, FALSE_ALARM_BUDGET } from "@qsc/violations";
import { Adwin } from "./judges/adwin.js";
import { Drift } from "./judges/drift.js";
import { MannWhitney, MetricCounts } from "./judges/mann-whitney.js";
import { PageHinkley } from "./judges/page-hinkley.js";
import { PointEstimates } from "./judges/point-estimates.js";
import { Market } from "./market.js";
import { LABELS, ModelStream, type Answer } from "./model-stream.js";
import { Random } from "./random.js";
import type { Scenario } from "./scenarios.js";

export const JUDGES = ["runbook", "strict", "evidence", "adwin", "pageHinkley", "mannWhitney"] as const;
export type Judge = (typeof JUDGES)[number];

/** When a judge ended a watch. */
interface Alarm {
  readonly event: number;
  readonly second: number;
  /** For what, where the judge can tell. */
  readonly check: string | null;
}

/** What came of one watch. */
export interface Outcome {
  readonly alarms: Readonly<Record<Judge, Alarm | null>>;
  /** The first event with the fault; null without one. */
  readonly fault: Alarm | null;
  /** Whether a check objects at the end of a watch that the rule did not end before: it is then not eligible. */
  readonly refused: Readonly<Record<WatchRule, boolean>>;
}

/** Seconds: six hours, and a look of the runbook's monitor every thirty. */
const DURATION = 6 * 3600;
const POLL = 30;
const WINDOW = 2000;
/** With fewer events a point estimate ends no watch. */
const LEAST_EVENTS = 200;
const BASELINE_EVENTS = 2000;

interface Model {
  readonly stream: ModelStream;
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
  const market = new Market(named("market"));
  const models = scenario.models.map((kind, at) => prepare(new ModelStream(kind, named(`model ${at}`)), market, at, scenario));
  const evidence = new EvidenceWatch({
    policy: scenario.policy,
    models: models.map(({ reading }) => reading.model),
    baselines: new Map(models.map(({ reading, baseline }) => [reading.model, baseline])),
    alpha: (FALSE_ALARM_BUDGET * models.length) / scenario.budgetFor,
  });
  const readings = models.map(({ reading }) => reading);
  const faultAt = scenario.fault === null ? Infinity : scenario.fault.start === "the beginning" ? 0 : 7200 + 3600 * time.next();
  const alarms: Record<Judge, Alarm | null> = { runbook: null, strict: null, evidence: null, adwin: null, pageHinkley: null, mannWhitney: null };
  let fault: Alarm | null = null;
  let event = 0;
  let poll = POLL;
  const note = (judge: Judge, second: number, check: string | null = null): void => {
    alarms[judge] ??= { event, second, check };
  };
  const violated = (): string | null => {
    if (event < LEAST_EVENTS) return null;
    for (const { estimates } of models) {
      const check = estimates.violated();
      if (check !== null) return check;
    }
    return null;
  };
  const look = (second: number): void => {
    const check = alarms.runbook === null ? violated() : null;
    if (check !== null) note("runbook", second, check);
    if (alarms.mannWhitney === null && event >= LEAST_EVENTS && models.some(({ mannWhitney }) => mannWhitney.isDifferent())) note("mannWhitney", second);
  };
  for (let second = time.exponential(); second < DURATION; second += time.exponential()) {
    for (; poll <= second; poll += POLL) look(poll);
    if (fault === null && second >= faultAt) {
      fault = { event, second, check: null };
      if (scenario.fault !== null) models[0]?.stream.begin(scenario.fault.fault);
    }
    event += 1;
    const regime = market.next();
    for (const model of models) {
      const answer = model.stream.next(regime);
      model.estimates.add(answer);
      if (alarms.mannWhitney === null) model.mannWhitney.add(answer);
      if (alarms.adwin === null && model.adwin.add(answer)) note("adwin", second);
      if (alarms.pageHinkley === null && model.pageHinkley.add(answer)) note("pageHinkley", second);
      if (alarms.evidence === null) read(model.reading, answer);
    }
    if (alarms.evidence === null && evidence.take(readings)) note("evidence", second, evidence.conclusive()[0]?.check);
    if (alarms.strict === null) {
      const check = alarms.evidence?.check ?? violated();
      if (check !== null) note("strict", second, check);
    }
    if (JUDGES.every((judge) => alarms[judge] !== null)) return { alarms, fault, refused: { strict: false, evidence: false } };
  }
  for (; poll <= DURATION; poll += POLL) look(poll);
  const isObjected = models.some(({ estimates }) => estimates.objection() !== null);
  return { alarms, fault, refused: { strict: alarms.strict === null && isObjected, evidence: alarms.evidence === null && isObjected } };
}

/** A model with its judges, and the baseline that they compare with. */
function prepare(stream: ModelStream, market: Market, at: number, { policy }: Scenario): Model {
  const before = new PointEstimates(BASELINE_EVENTS, policy.limits, { predictions: 0, nonPredictions: 0, latencyP95Ms: null });
  const metrics = new MetricCounts();
  for (let event = 0; event < BASELINE_EVENTS; event += 1) {
    const answer = stream.next(market.next());
    before.add(answer);
    metrics.add(answer);
  }
  const { predictions } = before;
  const baseline = { predictions, nonPredictions: BASELINE_EVENTS - predictions, latencyP95Ms: before.latencyP95() };
  return {
    stream,
    estimates: new PointEstimates(WINDOW, policy.limits, baseline),
    adwin: new Drift(() => new Adwin()),
    pageHinkley: new Drift(() => new PageHinkley()),
    mannWhitney: new MannWhitney(metrics, WINDOW),
    reading: { model: `model ${at}`, nonPrediction: null, voted: true, action: null, confidence: 0, latencyMs: null, artifactSha256: null },
    baseline,
  };
}

function read(reading: Model["reading"], { predicts, label, confidence, latency }: Answer): void {
  reading.nonPrediction = predicts ? null : "error";
  reading.action = LABELS[label];
  reading.confidence = confidence / 10_000;
  reading.latencyMs = latency / 10;
}
