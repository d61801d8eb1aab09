import type { LabelSet, ModelDiagnosis, ModelVerdict } from "@qsc/contract";
import { allLabels, type Scorecard } from "@qsc/violations";
import { driftOf } from "./drift.js";

/** What the telemetry says about one model, before any conclusion. */
export type DiagnosisFacts = Omit<ModelDiagnosis, "cause" | "nextStep">;

/**
 * What a model is compared with: its scorecard from before the cutover, and the fewest answers needed for a comparison.
 */
export interface Before {
  readonly card: Scorecard | null;
  readonly least: number;
}

/** Collects the facts. `before` is null if there is no cutover: then nothing is compared. */
export function factsOf(
  verdict: ModelVerdict,
  card: Scorecard,
  before: Before | null,
  labels: LabelSet,
): DiagnosisFacts {
  const { model, stats } = verdict;
  const fallbacks = verdict.nonPredictionReasons;
  const answers = card.appearances;
  const neutral = labels.abstaining.reduce((sum, label) => sum + card.labels.count(label), 0);
  return {
    model,
    verdict: verdict.verdict,
    stats,
    actions: allLabels(labels).flatMap((action) => actionRange(card, action)),
    deadZoneShare: card.predictions === 0 ? null : neutral / card.predictions,
    inferredThreshold: inferThreshold(card, labels),
    fallbackShare: answers === 0 ? null : card.nonPredictions.total / answers,
    fallbacks,
    drift: before === null ? null : driftOf(before.card, card, labels, before.least),
  };
}

function actionRange(card: Scorecard, action: string): DiagnosisFacts["actions"] {
  const count = card.labels.count(action);
  if (count === 0) return [];
  const moments = card.byLabel.get(action)?.moments();
  const share = count / card.predictions;
  const { min = null, max = null, mean = null } = moments ?? {};
  return [{ action, count, share, min, max, mean }];
}

/** Values of a confidence to 4 decimals. */
const BINS = 10_001;
/** The share of answers that may be on the wrong side of a threshold. */
const MISPLACED = 0.02;

/**
 * The confidence, to 4 decimals, above which the model trades rather than stays neutral: the cut between the two with
 * the fewest answers on the wrong side. Null if the model never trades or is never neutral, or if more than 2 % of its
 * answers are on the wrong side: then there is no threshold.
 */
function inferThreshold(card: Scorecard, labels: LabelSet): number | null {
  const neutral = countsOf(card, labels.abstaining);
  const trading = countsOf(card, labels.acting);
  const [stays, trades] = [sum(neutral), sum(trading)];
  if (stays === 0 || trades === 0) return null;
  let wrong = stays;
  let best = { wrong: Number.POSITIVE_INFINITY, cut: 0 };
  for (let bin = 0; bin < trading.length; bin += 1) {
    const [here, there] = [neutral[bin] ?? 0, trading[bin] ?? 0];
    if (here + there > 0 && wrong < best.wrong) best = { wrong, cut: bin / (trading.length - 1) };
    wrong += there - here;
  }
  return best.wrong <= MISPLACED * (stays + trades) ? best.cut : null;
}

/** Answers with any of the labels, by confidence to 4 decimals. */
function countsOf(card: Scorecard, labels: readonly string[]): Float64Array {
  const counts = new Float64Array(BINS);
  for (const label of labels)
    card.byLabel
      .get(label)
      ?.binCounts()
      .forEach((count, bin) => (counts[bin] = (counts[bin] ?? 0) + count));
  return counts;
}

function sum(counts: Float64Array): number {
  return counts.reduce((all, count) => all + count, 0);
}
