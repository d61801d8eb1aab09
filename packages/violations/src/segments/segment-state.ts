import { rules, SEGMENT_FAULTS, type Rule } from "@qsc/contract";
import type { CompactState } from "@qsc/stats";
import type { AnchorState } from "./anchor.js";

/** All that is known of a model's answers for one symbol, as plain JSON: a list, since there may be a thousand. */
export type SegmentState = readonly [
  counts: readonly [decisions: number, predictions: number, unchanged: number, pairs: number],
  /** How often each known label came. */
  labels: readonly (readonly [label: string, count: number])[],
  /** The symbol's previous decision, if there was one, and its previous prediction. */
  before: readonly [answered: boolean | null, label: string | null, confidence: number | null],
  anchor: AnchorState,
  /** In the order of `SEGMENT_FAULTS`. */
  tests: readonly CompactState[],
  since: number | null,
];

const { anyText, count, flag, listOf, nullable, numberWithin, ruleOf, tupleOf } = rules;
const unit: Rule = nullable(numberWithin(0, 1));

export const segmentRule: Rule = tupleOf(
  tupleOf(count, count, count, count),
  listOf(tupleOf(anyText, count)),
  tupleOf(nullable(flag), nullable(anyText), unit),
  tupleOf(unit, count),
  ruleOf((tests) => Array.isArray(tests) && tests.length === SEGMENT_FAULTS.length, "a test of each fault"),
  nullable(count),
);

/**
 * Whether the numbers of a state can be those of one stream: what counts a part is at most the whole.
 * @param isLabel whether a label is one of the policy
 * @throws TypeError for a state whose numbers contradict each other
 */
export function requireConsistent(
  [[decisions, predictions, unchanged, pairs], labels, , , tests, since]: SegmentState,
  isLabel: (label: string) => boolean,
): void {
  const named = labels.reduce((sum, [, times]) => sum + times, 0);
  const isConsistent =
    predictions <= decisions &&
    pairs <= predictions &&
    unchanged <= pairs &&
    named <= predictions &&
    new Set(labels.map(([label]) => label)).size === labels.length &&
    labels.every(([label]) => isLabel(label)) &&
    tests.every(([n]) => n <= decisions) &&
    (since === null || (since >= 1 && since <= decisions));
  if (!isConsistent) throw new TypeError("a segment whose numbers contradict each other");
}
