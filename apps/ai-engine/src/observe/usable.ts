import type { ModelErrorCode, Prediction } from "@qsc/fail-closed";

/** Faults of the row itself. Too little history passes as rows come; a row has names, and so no other dimension. */
const OF_THE_ROW: ReadonlySet<ModelErrorCode> = new Set<ModelErrorCode>(["input_missing", "input_not_finite"]);

/** Whether a row could be used: not when no model answered, and one of them names the row as the reason. */
export function isUsable(predictions: readonly Prediction[]): boolean {
  if (predictions.some(({ status }) => status === "active")) return true;
  return !predictions.some((prediction) => prediction.status === "inactive" && OF_THE_ROW.has(prediction.reason));
}
