import type { CheckResult, LabelSet, ModelBaseline, ModelStats, ModelVerdict, Policy, Verdict } from "@qsc/contract";
import { isBelow } from "@qsc/stats";
import type { Scorecard } from "./cards/scorecard.js";
import { evaluate } from "./checks/evaluate.js";
import { judgeExpressions } from "./checks/expressions.js";
import { MEASURES, type ModelEvidence } from "./checks/measures.js";
import { couldHide, describeFaults, neverStatus, result } from "./checks/result.js";
import { CHECKS } from "./checks/table.js";
import { allLabels } from "./labels.js";
import type { Expression } from "./policy/expression.js";

/** What a model is judged with. */
export interface ModelContext {
  readonly policy: Policy;
  /** The policy's own checks, compiled. */
  readonly expressions: ReadonlyMap<string, Expression>;
  readonly minEvents: number;
  /** Events read in which the model does not appear. */
  readonly absent: number;
  /** Entries that could not be read. */
  readonly rejected: number;
  readonly baseline: ModelBaseline | null;
  /** Whether every event promises a latency (contract version 2, or the policy requires it). */
  readonly latencyRequired: boolean;
}

/** Judges one model: the eight checks, the policy's own, and what it may never do. */
export function judgeModel(card: Scorecard, context: ModelContext): ModelVerdict {
  const evidence: ModelEvidence = {
    card,
    labels: context.policy.labels,
    unread: context.rejected + context.absent,
    absent: context.absent,
    baseline: context.baseline,
  };
  const stats = statsOf(evidence);
  const checks = [
    insufficientData(card, context.minEvents),
    invalidConfidence(evidence),
    unknownLabel(evidence),
    mixedArtifact(card),
    ...CHECKS.map((check) => {
      const waive = check.id === "latency_spike" && mayWaiveLatency(card, context);
      return evaluate(check, evidence, context.policy.limits, waive);
    }),
    ...judgeExpressions(context.policy.checks, context.expressions, evidence, stats),
  ];
  return {
    model: card.model,
    verdict: verdictOf(checks),
    reasons: objections(card, checks),
    stats,
    checks,
    nonPredictionReasons: card.nonPredictions.list(),
    artifacts: card.artifacts.list().map(({ what }) => what),
  };
}

/** Without a single prediction, that there is nothing to measure goes without saying. */
function objections(card: Scorecard, checks: readonly CheckResult[]): readonly string[] {
  return checks
    .filter((check) => isAgainst(check) && (check.status === "violation" || card.predictions > 0))
    .map(({ id, reason }) => `${id}: ${reason}`);
}

/** A violation fails; what is unknown and not waived leaves the verdict unknown; no check at all proves nothing. */
export function verdictOf(checks: readonly CheckResult[]): Verdict {
  if (checks.some(({ status }) => status === "violation")) return "fail";
  return checks.length === 0 || checks.some(isAgainst) ? "unknown" : "pass";
}

/** Whether a check stands in the way of a pass. */
export function isAgainst({ status, waived }: CheckResult): boolean {
  return status === "violation" || (status === "unknown" && !waived);
}

/** The statistics of a model, as every document reports them. `absent`: events without the model. */
export function modelStats(card: Scorecard, labels: LabelSet, absent: number): ModelStats {
  return statsOf({ card, labels, absent, unread: absent, baseline: null });
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
    latencyP95Ms: MEASURES.latencyP95(evidence).value,
    quantileErrorBound: card.confidences.errorBound,
  };
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

/** A model whose file changed in between is two models, and neither is proven by the other's predictions. */
function mixedArtifact(card: Scorecard): CheckResult {
  const artifacts = card.artifacts.list();
  return result("mixed_artifact", artifacts.length > 1 ? "violation" : "pass", {
    value: artifacts.length,
    limit: 1,
    n: card.predictions,
    reason:
      artifacts.length > 1
        ? `the model's file changed: ${describeFaults(artifacts)}; judge only what came after (--after)`
        : "every prediction names the same file, or none",
  });
}
