import type { ModelBaseline, Policy } from "@qsc/contract";
import { CHECKS } from "../checks/model/eight.js";
import { limitKey } from "../checks/registry.js";
import { equalConfidences, labelPersistence } from "../dependence/bounds.js";
import { limitOf } from "../policy/limit-of.js";
import { STREAK } from "../sequential/failure-tests.js";
import { persisting } from "../sequential/share-test.js";

/**
 * The largest persistence that a sound model is believed to have within a symbol, and what is allowed for where none is
 * measured. A model that is frozen for every symbol looks like one that persists wholly: without this bound, it would
 * excuse itself.
 */
const MOST_PERSISTENCE = 0.8;

/** What the next answer for a symbol may be, given the one before: each a largest probability. */
export interface SegmentAllowances {
  /** Of a label, after itself. */
  readonly labels: ReadonlyMap<string, number>;
  /** Of the confidence that is tested: after another one, and after itself. */
  readonly confidence: Allowed;
  /** Of no answer: after an answer, and after none. */
  readonly missing: Allowed;
}

interface Allowed {
  readonly usual: number;
  readonly again: number;
}

/** How many confidences may be alike, as for the whole. */
const ALIKE_KEYS = CHECKS.flatMap((check) =>
  check.anyOf.filter(({ bet }) => bet === "one confidence").map((condition) => limitKey(check, condition)),
);

/**
 * What limits allow each symbol, with the persistence that the model had: that of labels and of equal confidences, at
 * the most that the measurement leaves possible but for the risk, and at most 0.8.
 *
 * The limits are those of a collapse beyond doubt: the shares of `recent_collapse`, and half of the confidences alike as
 * for the whole. A sound model may lean to a label for one symbol far more than on the whole: the healthy models of a
 * real recording gave one label in up to 96 % of a symbol's 24 decisions.
 */
export function allowancesOf(
  { limits, labels }: Pick<Policy, "limits" | "labels">,
  dependence: ModelBaseline["dependence"],
  risk: number,
): SegmentAllowances {
  const bounds = labels.acting.length + labels.abstaining.length + 1;
  const measured = dependence === undefined ? {} : { dependence };
  const afterItself = (label: string, limit: number): [string, number] => {
    // Two bounds, of which one is used, fail with this risk together.
    const high = labelPersistence(measured, [label], risk / bounds / 2)?.high ?? MOST_PERSISTENCE;
    return [label, persisting(limit, atMost(high))];
  };
  const alike = Math.min(...ALIKE_KEYS.map((key) => limitOf({ limits }, key)));
  const equal = equalConfidences(measured, risk / bounds) ?? MOST_PERSISTENCE;
  const silent = limitOf({ limits }, "recent_collapse.nonPredictionShare");
  const acting = limitOf({ limits }, "recent_collapse.tradingShare");
  const abstaining = limitOf({ limits }, "recent_collapse.neutralShare");
  return {
    labels: new Map([
      ...labels.acting.map((label) => afterItself(label, acting)),
      ...labels.abstaining.map((label) => afterItself(label, abstaining)),
    ]),
    confidence: { usual: alike, again: persisting(alike, atMost(equal)) },
    missing: { usual: silent, again: persisting(silent, STREAK) },
  };
}

/** A persistence below 0 would allow less than independence does: nothing here needs that. */
function atMost(persistence: number): number {
  return Math.min(MOST_PERSISTENCE, Math.max(0, persistence));
}
