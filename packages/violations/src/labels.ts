import type { LabelSet } from "@qsc/contract";

/** BUY, SELL and HOLD: the labels of a trading ensemble. */
export const DEFAULT_LABELS: LabelSet = { trading: ["BUY", "SELL"], neutral: ["HOLD"] };

/** Every label of the set, trading ones first. */
export function allLabels(labels: LabelSet): readonly string[] {
  return [...labels.trading, ...labels.neutral];
}
