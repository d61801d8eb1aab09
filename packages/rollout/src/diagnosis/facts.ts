import type { LabelSet, ModelDiagnosis, ModelVerdict } from "@qsc/contract";
import { histogramCounts, psi, quantile } from "@qsc/stats";
import { allLabels, type Sample, type Scorecard } from "@qsc/violations";

/** What the telemetry says of one model, before anything is concluded from it. */
export type DiagnosisFacts = Omit<ModelDiagnosis, "cause" | "nextStep">;

/** Collects the facts. `before` is the model's scorecard of the time before the cutover. */
export function factsOf(
  verdict: ModelVerdict,
  card: Scorecard,
  before: Scorecard | null,
  labels: LabelSet,
): DiagnosisFacts {
  const { model, stats } = verdict;
  const fallbacks = verdict.nonPredictionReasons;
  const answers = card.appearances;
  const neutral = labels.neutral.reduce((sum, label) => sum + card.labels.count(label), 0);
  return {
    model,
    verdict: verdict.verdict,
    stats,
    actions: allLabels(labels).flatMap((action) => actionRange(card, action)),
    deadZoneShare: card.predictions === 0 ? null : neutral / card.predictions,
    inferredThreshold: inferThreshold(card, labels),
    fallbackShare: answers === 0 ? null : card.nonPredictions.total / answers,
    fallbacks,
    drift: before === null || before.predictions === 0 ? null : driftOf(before, card, labels),
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

/** Share of the answers that a threshold may put on the wrong side and still be one. */
const MISPLACED = 0.02;

/**
 * The confidence from which on the model trades rather than stays neutral: the cut between the
 * two with the fewest answers on the wrong side. Null where one of them is missing, the sample
 * is too large to be kept whole, or more than 2 % are on the wrong side: then it is no threshold.
 */
function inferThreshold(card: Scorecard, labels: LabelSet): number | null {
  const neutral = valuesOf(card, labels.neutral);
  const trading = valuesOf(card, labels.trading);
  if (neutral === null || trading === null || neutral.length === 0 || trading.length === 0) return null;
  const answers = [
    ...neutral.map((value) => ({ value, trades: false })),
    ...trading.map((value) => ({ value, trades: true })),
  ].sort((a, b) => a.value - b.value);
  let wrong = neutral.length;
  let best = { wrong: Number.POSITIVE_INFINITY, cut: 0 };
  answers.forEach(({ value, trades }, index) => {
    if (value !== answers[index - 1]?.value && wrong < best.wrong) best = { wrong, cut: value };
    wrong += trades ? 1 : -1;
  });
  return best.wrong <= MISPLACED * answers.length ? best.cut : null;
}

function valuesOf(card: Scorecard, labels: readonly string[]): number[] | null {
  const parts = labels.map((label) => wholeOf(card.byLabel.get(label)));
  return parts.includes(null) ? null : parts.flatMap((part) => part ?? []);
}

function wholeOf(sample: Sample | undefined): number[] | null {
  if (sample === undefined) return [];
  const whole = sample.whole();
  return whole === null ? null : [...whole];
}

function driftOf(before: Scorecard, after: Scorecard, labels: LabelSet): ModelDiagnosis["drift"] {
  const counts = (card: Scorecard): number[] => allLabels(labels).map((label) => card.labels.count(label));
  return {
    labels: driftBetween(counts(before), counts(after)),
    confidence: confidenceDrift(before.confidences, after.confidences),
  };
}

/** PSI over the deciles of the confidences before the cutover. */
function confidenceDrift(before: Sample, after: Sample): number | null {
  const reference = before.whole();
  const values = after.whole();
  if (reference === null || values === null || values.length === 0) return null;
  const deciles = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth) => quantile(reference, tenth / 10) ?? 0);
  const edges = [...new Set(deciles)];
  return driftBetween(histogramCounts(edges, reference), histogramCounts(edges, values));
}

/** PSI of two histograms; null where one answer on each side is all there is to compare. */
function driftBetween(before: readonly number[], after: readonly number[]): number | null {
  const most = Math.max(...[before, after].map((counts) => counts.reduce((sum, count) => sum + count, 0)));
  return most > 1 ? psi(before, after) : null;
}
