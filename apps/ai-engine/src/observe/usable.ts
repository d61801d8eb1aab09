import type { ModelErrorCode, Prediction } from "@qsc/fail-closed";

/**
 * Faults of the row itself. A history that is too short fills as rows come; a row has names, so its dimension cannot be
 * wrong.
 */
const OF_THE_ROW: ReadonlySet<ModelErrorCode> = new Set<ModelErrorCode>(["input_missing", "input_not_finite"]);

/** Whether a row could be used. It could not if no model answered and one of them names the row as the reason. */
export function isUsable(predictions: readonly Prediction[]): boolean {
  if (predictions.some(({ status }) => status === "active")) return true;
  return !predictions.some((prediction) => prediction.status === "inactive" && OF_THE_ROW.has(prediction.reason));
}
