import type { LabelSet, ModelBaseline } from "@qsc/contract";
import { allLabels } from "../../labels.js";
import type { Need } from "../definition.js";

/**
 * From this number of labels on, a model may collapse onto a few of them while no single one has too large a share. With
 * fewer, the limit of the largest share alone says the same.
 */
export const MANY_LABELS = 8;

/** Whether there is what a condition needs. */
export function isMet(need: Need, baseline: ModelBaseline | null, labels: LabelSet): boolean {
  const areMany = allLabels(labels).length >= MANY_LABELS;
  switch (need) {
    case "baseline":
      return baseline !== null;
    case "baseline latency":
      return (baseline?.latencyP95Ms ?? null) !== null;
    case "many labels":
      return areMany;
    case "baseline entropy":
      return areMany && (baseline?.entropy ?? 0) > 0;
  }
}
