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
  const { labels, decisions, compared, agreement, log10, threshold, since, strongest } = found;
  const because = unknownBecause(found, policy.minEvents[mode]) ?? sameFile(judged, model, against);
  return {
    against,
    ...(found.since !== null
      ? { result: "different" }
      : because !== null
        ? { result: "unknown", because }
        : { result: "alike" }),
    decisions,
    compared,
    agreement,
    log10,
    threshold,
    since,
    strongest,
    labels: labels.map(({ label, first, second }) => ({ label, shadow: first, against: second })),
  };
}

/** A larger difference between the shares of a label may not stay hidden. */
const MOST_UNMATCHED = 0.2;
/** Models that both answer a label in less than this part of what chance gives do not answer alike, whatever their shares. */
const LEAST_OF_CHANCE = 0.5;
/** Where chance alone would give 40 on average, it gives fewer than 20 in 2 of 10,000 cases (Poisson). */
const EXPECTED_BY_CHANCE = 40;

/** Why the labels do not tell whether the models differ; null if they do. */
function unknownBecause({ decisions, compared, unmatched, labels }: PairedComparison, needed: number): string | null {
  if (compared < needed) return `${compared} decisions could be compared, and at least ${needed} are needed`;
  if (unmatched !== null && unmatched > MOST_UNMATCHED)
    return `in ${percent(unmatched)} of the decisions one of them persists in a label that the other does not give, which may hide a difference`;
  for (const { label, first, second, both } of labels) {
    if (first === null || second === null || both === null) continue;
    const chance = first * second;
    if (chance * decisions >= EXPECTED_BY_CHANCE && both < LEAST_OF_CHANCE * chance)
      return `both answer ${label} in ${percent(both)} of the decisions, where chance alone would give ${percent(chance)}: labels may be exchanged`;
  }
  return null;
}

/** Why a comparison of these two is of one model with itself; null if it is not known to be. */
function sameFile({ models }: JudgedWindow, model: string, against: string): string | null {
  const filesOf = (name: string): readonly string[] =>
    models.filter((one) => one.model === name).flatMap(({ artifacts }) => artifacts);
  const theirs = filesOf(against);
  return filesOf(model).some((file) => theirs.includes(file)) ? "both name the same model file" : null;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A verdict of the gate, with what a comparison adds: a difference refutes it, and too few decisions leave it open. */
export function withComparison(verdict: Verdict, comparison: ShadowComparison | null): Verdict {
  if (comparison?.result === "different") return "fail";
  return comparison?.result === "unknown" && verdict === "pass" ? "unknown" : verdict;
}

/** What speaks against a pass in a comparison. */
export function comparisonObjections(model: string | null, comparison: ShadowComparison | null): readonly Objection[] {
  if (model === null || comparison === null || comparison.result === "alike") return [];
  const { against, because = "too few decisions could be compared" } = comparison;
  if (comparison.result === "unknown") {
    const text = `${model} could not be compared with ${against}: ${because}`;
    return [{ code: "comparison_unproven" satisfies ErrorCode, text }];
  }
  return [{ code: "models_differ" satisfies ErrorCode, text: describeDifference(model, comparison) }];
}

function describeDifference(
  model: string,
  { against, strongest, labels, decisions, log10, threshold, since }: ShadowComparison,
): string {
  const shares = labels.find(({ label }) => label === strongest?.label);
  const told = (share: number | null | undefined): string =>
    share === null || share === undefined ? "an unknown share" : percent(share);
  const which = `${model} answers ${strongest?.label ?? "a label"} ${strongest?.more === false ? "less" : "more"} often than ${against}`;
  const effect = `${told(shares?.shadow)} against ${told(shares?.against)} of ${decisions} common decisions`;
  return `${which}: ${effect}; proven since decision ${since}, evidence 10^${log10.toFixed(1)}, and 10^${threshold.toFixed(1)} is conclusive`;
}
