import type { LabelSet, ModelDiagnosis } from "@qsc/contract";
import { psi } from "@qsc/stats";
import { allLabels, type Scorecard } from "@qsc/violations";

type Drift = NonNullable<ModelDiagnosis["drift"]>;

/** The baseline's confidences are split into about this number of bins of equal weight. */
const PARTS = 10;

/**
 * PSI of labels and confidences against the time before the cutover. An index that cannot be computed is null, and
 * `unknown` says why.
 * @param before null if the model did not appear before the cutover
 * @param least the fewest answers on either side: with fewer, the index is chance
 */
export function driftOf(before: Scorecard | null, after: Scorecard, labels: LabelSet, least: number): Drift {
  const unknown: string[] = [];
  const measured = (
    what: string,
    countsOf: (card: Scorecard) => ArrayLike<number>,
    indexOf: typeof psi,
  ): number | null => {
    const [reference, actual] = [before === null ? [] : countsOf(before), countsOf(after)];
    const few = total(reference) === 0 ? nothingOf(before) : tooFew(total(reference), total(actual), least);
    if (few === null) return indexOf(reference, actual);
    unknown.push(`the drift of ${what} is unknown: ${few}`);
    return null;
  };
  return {
    labels: measured("labels", (card) => labelCounts(card, labels), psi),
    confidence: measured("confidence", ({ confidences }) => confidences.binCounts(), confidenceDrift),
    unknown,
  };
}

/** Answers by label; labels that the policy does not know count together as one more. */
function labelCounts(card: Scorecard, labels: LabelSet): readonly number[] {
  return [...allLabels(labels).map((label) => card.labels.count(label)), card.unknownLabels.total];
}

/**
 * PSI over bins of the confidences to 4 decimals, each with about a tenth of the baseline's. A value that a tenth of
 * the baseline has is a bin of its own: in a bin with its neighbours, it would be impossible to see whether answers
 * still have that value or only one near it.
 */
function confidenceDrift(reference: ArrayLike<number>, actual: ArrayLike<number>): number | null {
  const bins = binsOf(reference);
  return psi(sumsOf(reference, bins), sumsOf(actual, bins));
}

/** The ends (exclusive) of the bins that counts are summed over, in ascending order. */
function binsOf(reference: ArrayLike<number>): readonly number[] {
  const heavy = total(reference) / PARTS;
  const ends: number[] = [];
  let gathered = 0;
  const endAt = (end: number): void => {
    if (end > (ends[ends.length - 1] ?? 0)) ends.push(end);
    gathered = 0;
  };
  for (let value = 0; value < reference.length; value += 1) {
    const count = reference[value] ?? 0;
    const isHeavy = count > 0 && count >= heavy;
    if (isHeavy) endAt(value);
    gathered += count;
    if (isHeavy || (gathered > 0 && gathered >= heavy)) endAt(value + 1);
  }
  endAt(reference.length);
  return ends;
}

function sumsOf(counts: ArrayLike<number>, ends: readonly number[]): readonly number[] {
  let value = 0;
  return ends.map((end) => {
    let sum = 0;
    for (; value < end; value += 1) sum += counts[value] ?? 0;
    return sum;
  });
}

function total(counts: ArrayLike<number>): number {
  return Array.from(counts).reduce((sum, count) => sum + count, 0);
}

/** Why nothing from before the cutover can be compared. */
function nothingOf(before: Scorecard | null): string {
  if (before === null || before.appearances === 0) return "the model did not appear before the cutover";
  if (before.predictions === 0) return `all its ${before.appearances} answers before the cutover are non-predictions`;
  return `none of its ${before.predictions} answers before the cutover can be read`;
}

function tooFew(before: number, after: number, least: number): string | null {
  if (before < least) return `only ${before} answers came before the cutover, and at least ${least} are needed`;
  if (after < least) return `only ${after} answers came after the cutover, and at least ${least} are needed`;
  return null;
}
