import type { Policy } from "@qsc/contract";

/** The part of a watch's budget that the segments have where they decide. The other part is that of the whole. */
const SEGMENTS_PART = 0.5;

/** Symbols that are tested: the first that a stream names. */
export const MOST_SEGMENTS = 256;

/** The first symbols share one half of the budget, so that a stream of few symbols does not pay for 256. */
const FIRST_SEGMENTS = 32;

/** The part of a segment's budget that bounds taken from the baseline may fail with. */
const BASELINE_PART = 0.1;

/** The budget of false alarms of the tests of the whole. @param alpha that of the watch */
export function wholeBudget({ segments }: Pick<Policy, "segments">, alpha: number): number {
  return segments === undefined ? alpha : alpha * (1 - SEGMENTS_PART);
}

/** The budget of false alarms of all segments of all models in a watch: where they only inform, what they would have. */
export function segmentBudget(alpha: number): number {
  return alpha * SEGMENTS_PART;
}

/** What the persistence of one model may be bounded with: the same bounds serve all its segments. */
export function baselineRisk(modelAlpha: number): number {
  return modelAlpha * BASELINE_PART;
}

/**
 * The natural logarithm from which on a segment's evidence is conclusive (Bonferroni): 32 symbols with 1/64 of the
 * model's budget and 224 with 1/448, in the order in which the stream names them, which no answer decides. The parts
 * add up to all of it.
 */
export function segmentThreshold(modelAlpha: number, index: number): number {
  const slots = index < FIRST_SEGMENTS ? FIRST_SEGMENTS : MOST_SEGMENTS - FIRST_SEGMENTS;
  return -Math.log((modelAlpha * (1 - BASELINE_PART)) / (2 * slots));
}
