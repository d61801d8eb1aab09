import { rules, type LabelSet } from "@qsc/contract";

/** BUY, SELL and HOLD: the labels of a trading ensemble. */
export const DEFAULT_LABELS: LabelSet = { trading: ["BUY", "SELL"], neutral: ["HOLD"] };

const labelLists = rules.shaped({ trading: rules.listOf(rules.someText), neutral: rules.listOf(rules.someText) });

/** Every label of the set, trading ones first. @throws QscError `invalid_option` for what is not a set of labels */
export function allLabels(labels: LabelSet): readonly string[] {
  labelLists(labels, "labels");
  return [...labels.trading, ...labels.neutral];
}
