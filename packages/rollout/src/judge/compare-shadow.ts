import { invalidOption, type ErrorCode, type GateMode, type ShadowComparison, type Verdict } from "@qsc/contract";
import { comparePaired, type PairedComparison } from "@qsc/violations";
import type { JudgementContext } from "./context.js";
import type { Objection } from "./evidence.js";
import { namesOf, requireModel } from "./require-model.js";
import type { JudgedWindow } from "./judge-window.js";

/** Which model is judged, and how. */
export interface ShadowRequest {
  /** The model that must pass; null: any model. */
  readonly model: string | null;
  /** Judge that model by its answers as a shadow, without a vote. Default: false. */
  readonly shadow?: boolean;
  /** The model that the shadow is compared with, decision by decision; null: none. Default: null. */
  readonly against?: string | null;
}

/**
 * The model that is judged as a shadow; null: none.
 * @throws QscError `invalid_option` unless a shadow is named, and is compared with another model
 */
export function shadowOf({ model, shadow = false, against = null }: ShadowRequest): string | null {
  if (shadow && model === null) throw invalidOption("request.model", model, "the name of the shadow");
  if (against !== null && !shadow) throw invalidOption("request.shadow", shadow, "true: only a shadow is compared");
  if (against !== null && against === model)
    throw invalidOption("request.against", against, "another model than the shadow");
  return shadow ? model : null;
}

/**
 * Compares a shadow with another model on the same decisions. Null if there is nothing to compare. With fewer decisions than
 * the mode needs, nothing is known.
 * @throws QscError `unknown_model`
 */
export function compareShadow(
  judged: JudgedWindow,
  { model, against = null }: ShadowRequest,
  { policy }: Pick<JudgementContext, "policy">,
  mode: GateMode,
): ShadowComparison | null {
  const { recent } = judged.collection;
  if (against === null || model === null || recent === null) return null;
  requireModel(against, namesOf(judged));
  const found = comparePaired(recent.answersOf(model, against), policy.labels);
  const { labels, ...measured } = found;
  return {
    against,
    result: resultOf(found, policy.minEvents[mode]),
    ...measured,
    labels: labels.map(({ label, first, second }) => ({ label, shadow: first, against: second })),
  };
}

function resultOf({ since, compared }: PairedComparison, needed: number): ShadowComparison["result"] {
  if (since !== null) return "different";
  return compared < needed ? "unknown" : "alike";
}

/** A verdict of the gate, with what a comparison adds: a difference refutes it, and too few decisions leave it open. */
export function withComparison(verdict: Verdict, comparison: ShadowComparison | null): Verdict {
  if (comparison?.result === "different") return "fail";
  return comparison?.result === "unknown" && verdict === "pass" ? "unknown" : verdict;
}

/** What speaks against a pass in a comparison. */
export function comparisonObjections(
  model: string | null,
  comparison: ShadowComparison | null,
  needed: number,
): readonly Objection[] {
  if (model === null || comparison === null || comparison.result === "alike") return [];
  const { against, compared } = comparison;
  if (comparison.result === "unknown") {
    const text = `${model} could not be compared with ${against}: ${compared} decisions could be compared, and at least ${needed} are needed`;
    return [{ code: "comparison_unproven" satisfies ErrorCode, text }];
  }
  return [{ code: "models_differ" satisfies ErrorCode, text: describeDifference(model, comparison) }];
}

function describeDifference(
  model: string,
  { against, strongest, labels, decisions, log10, threshold, since }: ShadowComparison,
): string {
  const shares = labels.find(({ label }) => label === strongest?.label);
  const percent = (share: number | null | undefined): string =>
    share === null || share === undefined ? "an unknown share" : `${(share * 100).toFixed(1)} %`;
  const which = `${model} answers ${strongest?.label ?? "a label"} ${strongest?.more === false ? "less" : "more"} often than ${against}`;
  const effect = `${percent(shares?.shadow)} against ${percent(shares?.against)} of ${decisions} common decisions`;
  return `${which}: ${effect}; proven since decision ${since}, evidence 10^${log10.toFixed(1)}, and 10^${threshold.toFixed(1)} is conclusive`;
}
