import {
  invalidOption,
  rules,
  type CheckResult,
  type Counted,
  type Labels,
  type ModelBaseline,
  type ModelSegments,
  type ModelStats,
  type ModelVerdict,
  type Policy,
  type Verdict,
} from "@qsc/contract";
import { isBelow } from "@qsc/stats";
import { Scorecard } from "./cards/scorecard.js";
import { evaluate } from "./checks/model/evaluate.js";
import { judgeExpressions } from "./checks/model/expressions.js";
import { MEASURES, type ModelEvidence } from "./checks/model/measures.js";
import { mixedArtifact } from "./checks/model/mixed-artifact.js";
import { recentCollapse, type NewestPart } from "./checks/model/recent-collapse.js";
import { segmentCollapse } from "./checks/model/segment-collapse.js";
import { shadowVoted } from "./checks/model/shadow-voted.js";
import { modelSilence } from "./checks/model/model-silence.js";
import type { ModelCheckId } from "./checks/registry.js";
import { couldHide, describeFaults, neverStatus, result } from "./checks/result.js";
import { CHECKS } from "./checks/model/eight.js";
import type { TelemetryContext } from "./checks/telemetry/telemetry-context.js";
import { worseOfEach } from "./checks/worse.js";
import { modelContextRule } from "./given/contexts.js";
import { allLabels, labelSetOf } from "./labels.js";
import { labelsOptionRule } from "./policy/labels-rule.js";
import type { Expression } from "./policy/expression.js";

/** The context of a judgement of a model. */
export interface ModelContext {
  readonly policy: Policy;
  /** The policy's own checks, compiled. */
  readonly expressions: ReadonlyMap<string, Expression>;
  readonly minEvents: number;
  /** The instant to judge for, and the start of the judged range; null for predictions without times. */
  readonly time: Pick<TelemetryContext, "asOfMs" | "sinceMs"> | null;
  /** Events that were read and do not name the model. */
  readonly absent: number;
  /** Entries that could not be read. */
  readonly rejected: number;
  readonly baseline: ModelBaseline | null;
  /** Whether every event promises a latency (contract version 2), or the policy requires it. */
  readonly latencyRequired: boolean;
  /** Whether the model is judged as a shadow: its card was filled with decisions read by `asShadow`. Default: false. */
  readonly isShadow?: boolean;
  /** The model's part in the newest decisions, to judge it by itself too; null or absent: it is not. */
  readonly newest?: NewestPart | null;
  /** The model's answers symbol by symbol; null or absent: they are not judged. */
  readonly segments?: ModelSegments | null;
}

const resultRule = rules.shaped({ status: rules.oneOf("pass", "violation", "unknown"), waived: rules.flag });
const resultsRule = rules.listOf(resultRule);

/**
 * Judges one model: the eight checks, the policy's own, and what must never happen.
 *
 * @throws QscError `invalid_option` when the card or the context is invalid
 */
export function judgeModel(card: Scorecard, context: ModelContext): ModelVerdict {
  rules.instanceOf(Scorecard)(card, "card");
  modelContextRule(context, "context");
  const evidence: ModelEvidence = {
    card,
    labels: context.policy.labels,
    unread: context.rejected,
    absent: context.absent,
    baseline: context.baseline,
  };
  const { newest = null, segments = null } = context;
  if (newest !== null && newest.card.model !== card.model)
    throw invalidOption("context.newest.card", newest.card.model, `the card of the same model, ${card.model}`);
  const stats = statsOf(evidence);
  const checks = [
    ...Object.values(FIRST).flatMap((judge) => judge(evidence, context) ?? []),
    ...CHECKS.map((check) => {
      const waive = check.requirement === "latency" && mayWaiveLatency(card, context);
      return evaluate(check, evidence, context.policy.limits, waive);
    }),
    ...(newest === null ? [] : [recentCollapse(newest, evidence, context.policy.limits)]),
    ...(segments?.decides === true ? [segmentCollapse(segments)] : []),
    ...judgeExpressions(context.policy.checks, context.expressions, evidence, stats),
  ];
  return {
    model: card.model,
    verdict: verdictOf(checks),
    reasons: objections(card.predictions, checks),
    stats,
    checks,
    nonPredictionReasons: nonPredictionsOf(card, context.absent),
    artifacts: card.artifacts.list().map(({ what }) => what),
    ...(segments !== null && { segments }),
  };
}

/** How to judge the checks that come before the eight, in their order; null when there is nothing to judge. */
const FIRST: Readonly<
  Record<
    Exclude<ModelCheckId, "recent_collapse" | "segment_collapse">,
    (evidence: ModelEvidence, context: ModelContext) => CheckResult | null
  >
> = {
  insufficient_data: ({ card }, { minEvents }) => insufficientData(card, minEvents),
  invalid_confidence: invalidConfidence,
  unknown_label: unknownLabel,
  mixed_artifact: ({ card, unread }) => mixedArtifact(card, unread),
  shadow_voted: ({ card, unread }, { isShadow = false }) => (isShadow ? shadowVoted(card, unread) : null),
  model_silence: ({ card }, { time, policy }) => (time === null ? null : modelSilence(card, time, policy)),
};

/** A model's verdict over distinct decisions, in which each check that is worse over all entries has that result. */
export function worseVerdict(distinct: ModelVerdict, all: ModelVerdict): ModelVerdict {
  if (all === distinct) return distinct;
  const checks = worseOfEach(distinct.checks, all.checks);
  return { ...distinct, verdict: verdictOf(checks), reasons: objections(distinct.stats.n, checks), checks };
}

/** Why there was no prediction, including events that do not name the model. */
function nonPredictionsOf(card: Scorecard, absent: number): readonly Counted[] {
  const marked = card.nonPredictions.list();
  if (absent === 0) return marked;
  return [...marked, { what: "absent", count: absent, sample: null }].sort((a, b) => b.count - a.count);
}

/** Without a single prediction, it goes without saying that there is nothing to measure. */
function objections(predictions: number, checks: readonly CheckResult[]): readonly string[] {
  return checks
    .filter((check) => isAgainst(check) && (check.status === "violation" || predictions > 0))
    .map(({ id, reason }) => `${id}: ${reason}`);
}

/** A violation fails. An unknown that is not waived makes the verdict unknown. Without checks nothing is proven. */
export function verdictOf(checks: readonly CheckResult[]): Verdict {
  resultsRule(checks, "checks");
  if (checks.some(({ status }) => status === "violation")) return "fail";
  return checks.length === 0 || checks.some(isAgainst) ? "unknown" : "pass";
}

/** Whether a check prevents a pass. */
export function isAgainst(check: CheckResult): boolean {
  resultRule(check, "check");
  const { status, waived } = check;
  return status === "violation" || (status === "unknown" && !waived);
}

/** The statistics of a model, as every document reports them. `absent`: events without the model. */
export function modelStats(card: Scorecard, labels: Labels, absent: number): ModelStats {
  rules.instanceOf(Scorecard)(card, "card");
  labelsOptionRule(labels, "labels");
  rules.count(absent, "absent");
  return statsOf({ card, labels: labelSetOf(labels), absent, unread: 0, baseline: null });
}

function statsOf(evidence: ModelEvidence): ModelStats {
  const { card, labels } = evidence;
  const moments = card.confidences.moments();
  const shares = allLabels(labels).map((label): [string, number | null] => [
    label,
    card.predictions === 0 ? null : card.labels.count(label) / card.predictions,
  ]);
  return {
    n: card.predictions,
    nonPredictions: card.nonPredictions.total,
    absent: evidence.absent,
    shares: Object.fromEntries(shares),
    mean: moments.mean,
    std: moments.std,
    p10: card.confidences.quantile(0.1)?.upper ?? null,
    p90: card.confidences.quantile(0.9)?.lower ?? null,
    min: moments.min,
    max: moments.max,
    entropy: card.entropy(),
    latencyP95Ms: MEASURES.latencyP95.take(evidence).value,
    quantileErrorBound: card.confidences.errorBound,
    histogram: histogramOf(card.confidences.binCounts()),
  };
}

const BINS = 20;

/** Counts of values to four decimals, from 0 to 1, in bins of equal width. */
function histogramOf(counts: Float64Array): readonly number[] {
  const bins = Array.from({ length: BINS }, () => 0);
  const width = (counts.length - 1) / BINS;
  // Of a few hundred values, nearly all of the 10,001 counts are 0.
  for (let index = 0; index < counts.length; index += 1) {
    const count = counts[index] ?? 0;
    if (count === 0) continue;
    const bin = Math.min(BINS - 1, Math.floor(index / width));
    bins[bin] = (bins[bin] ?? 0) + count;
  }
  return bins;
}

function mayWaiveLatency(card: Scorecard, context: ModelContext): boolean {
  return !context.latencyRequired && card.latencies.n === 0 && card.invalidLatencies.total === 0;
}

function insufficientData(card: Scorecard, minEvents: number): CheckResult {
  const n = card.predictions;
  return result("insufficient_data", isBelow(n, minEvents) ? "violation" : "pass", {
    value: n,
    limit: minEvents,
    n,
    reason: `${n} predictions; at least ${minEvents} are needed`,
  });
}

function invalidConfidence({ card, unread }: ModelEvidence): CheckResult {
  const count = card.invalidConfidences.total;
  return result("invalid_confidence", neverStatus(count, unread), {
    value: count,
    limit: 0,
    n: card.predictions,
    reason:
      count > 0
        ? `a confidence is a number in [0, 1], not ${describeFaults(card.invalidConfidences.list())}`
        : unread > 0
          ? couldHide(unread, "an invalid confidence")
          : "every confidence is a number in [0, 1]",
  });
}

function unknownLabel({ card, unread, labels }: ModelEvidence): CheckResult {
  const count = card.unknownLabels.total;
  const known = allLabels(labels).join(", ");
  return result("unknown_label", neverStatus(count, unread), {
    value: count,
    limit: 0,
    n: card.predictions,
    reason:
      count > 0
        ? `a label is one of ${known}, not ${describeFaults(card.unknownLabels.list())}`
        : unread > 0
          ? couldHide(unread, "an unknown label")
          : `every label is one of ${known}`,
  });
}
