import { rules, type Labels, type LabelSet } from "@qsc/contract";

/** BUY, SELL and HOLD: the labels of a trading ensemble. */
export const DEFAULT_LABELS: LabelSet = { acting: ["BUY", "SELL"], abstaining: ["HOLD"] };

const labelLists = rules.shaped({ acting: rules.listOf(rules.someText), abstaining: rules.listOf(rules.someText) });

/** Those that act and those that abstain: in a list, all act. @throws QscError `invalid_option` for what is neither */
export function labelSetOf(labels: Labels): LabelSet {
  const set = isList(labels) ? { acting: labels, abstaining: [] } : labels;
  labelLists(set, "labels");
  return set;
}

/** Every label, acting ones first. @throws QscError `invalid_option` for what is not labels */
export function allLabels(labels: Labels): readonly string[] {
  const { acting, abstaining } = labelSetOf(labels);
  return [...acting, ...abstaining];
}

function isList(labels: Labels): labels is readonly string[] {
  return Array.isArray(labels);
}
