import type { Rule } from "@qsc/contract";
import { checkedOptions, countRule, isListOf, must, refuse, requireArgument } from "../guard/options.js";
import type { ActivePrediction, Prediction } from "../prediction.js";
import { named, shown } from "../words.js";
import { jsonMap } from "./json-map.js";
import { votable } from "./votable.js";

/** Scores closer than this count as equal: they differ only by the order of additions. */
const TIE = 1e-12;

/** How votes are counted. */
export interface VoteOptions {
  /** By model, each finite and >= 0; they need not sum to 1. */
  readonly weights: ReadonlyMap<string, number>;
  /** Minimum number of voting models for a decision, at least 1. */
  readonly quorum: number;
}

const RULES: Readonly<Record<keyof VoteOptions, Rule>> = {
  weights: must((value) => value instanceof Map, "a Map of models and weights"),
  quorum: countRule,
};

const predictionsRule: Rule = must(
  (value) => isListOf(value, isOfAModel),
  "a list of predictions, each with its 'model'",
);

function isOfAModel(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as Partial<Prediction>).model === "string";
}

/** The ensemble has an answer. */
export interface Decided<Label extends string = string> {
  readonly kind: "decision";
  readonly action: Label;
  /** The score of the action, in [0, 1]. */
  readonly confidence: number;
  /** Voting models that chose the action. */
  readonly agreeing: number;
  /** Voting models: active, with a weight above 0. */
  readonly active: number;
  /** Models asked. */
  readonly total: number;
  /** Weights of the voting models, renormalised to sum to 1. `JSON.stringify` writes them as an object. */
  readonly weights: ReadonlyMap<string, number>;
}

/** The ensemble has no answer. That is not the same as a neutral answer. */
export interface NoDecision {
  readonly kind: "no_decision";
  /** `no_weight`: models answered, but none has a weight above 0. */
  readonly reason: "below_quorum" | "no_weight" | "tie";
  readonly active: number;
  readonly quorum: number;
  readonly total: number;
}

/** What an ensemble decides, or why it does not. */
export type Decision<Label extends string = string> = Decided<Label> | NoDecision;

/**
 * The weighted vote of the models that are active and have a weight above 0; the others are ignored.
 *
 * With w the weights of the voting models divided by their sum, the score of a label is the sum of w x confidence over
 * the models that chose it. The label with the largest score wins, and that score is the decision's confidence. There
 * is no decision below the quorum or on a tie.
 *
 * An active prediction whose label is not a text, or whose confidence is not a number in [0, 1], counts as inactive,
 * `output_invalid`: it neither votes nor counts for the quorum.
 *
 * @throws QscError `invalid_option` for a prediction of a model without a weight, two of one model, a weight that is
 * not a finite number >= 0, or a quorum that is not a whole number >= 1: these are the caller's mistakes.
 */
export function vote<Label extends string>(
  predictions: readonly Prediction<Label>[],
  options: VoteOptions,
): Decision<Label> {
  const { quorum, weights: given } = checkedOptions(options, RULES);
  requireArgument(predictionsRule, predictions, "predictions");
  const weights = weightsOf(predictions, given);
  const checked = predictions.map((prediction) => votable(prediction.model, prediction));
  const answers = checked.filter((prediction) => prediction.status === "active");
  const voters = answers.filter(({ model }) => weightOf(weights, model) > 0);
  const counts = { active: voters.length, quorum, total: predictions.length };
  if (voters.length === 0 && answers.length > 0) return { kind: "no_decision", reason: "no_weight", ...counts };
  if (voters.length < quorum) return { kind: "no_decision", reason: "below_quorum", ...counts };
  return decide(voters, renormalised(voters, weights), counts);
}

function decide<Label extends string>(
  voters: readonly ActivePrediction<Label>[],
  weights: ReadonlyMap<string, number>,
  { active, quorum, total }: { readonly active: number; readonly quorum: number; readonly total: number },
): Decision<Label> {
  const [best, second] = ranked(voters, weights);
  if (best === undefined || (second !== undefined && best.score - second.score <= TIE)) {
    return { kind: "no_decision", reason: "tie", active, quorum, total };
  }
  const agreeing = voters.filter(({ action }) => action === best.action).length;
  // Rounding may push a sum of shares above 1.
  return {
    kind: "decision",
    action: best.action,
    confidence: Math.min(best.score, 1),
    agreeing,
    active,
    total,
    weights,
  };
}

/** The chosen labels, largest score first. */
function ranked<Label extends string>(
  voters: readonly ActivePrediction<Label>[],
  weights: ReadonlyMap<string, number>,
): { readonly action: Label; readonly score: number }[] {
  const scores = new Map<Label, number>();
  for (const { model, action, confidence } of voters) {
    scores.set(action, (scores.get(action) ?? 0) + weightOf(weights, model) * confidence);
  }
  return [...scores].map(([action, score]) => ({ action, score })).sort((a, b) => b.score - a.score);
}

function renormalised(
  voters: readonly ActivePrediction[],
  weights: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const largest = Math.max(...voters.map(({ model }) => weightOf(weights, model)));
  // Divided by the largest first, so that the sum of any weights is finite and above 0.
  const scaled = voters.map(({ model }) => [model, weightOf(weights, model) / largest] as const);
  const sum = scaled.reduce((total, [, weight]) => total + weight, 0);
  return jsonMap(scaled.map(([model, weight]) => [model, weight / sum]));
}

/** The weights of the asked models, in order. */
function weightsOf(
  predictions: readonly Prediction[],
  weights: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { model } of predictions) {
    const weight: unknown = weights.get(model);
    const name = `Model ${named(model)}`;
    if (weight === undefined) return refuse(`${name} has no weight: write 0 for a model that shall not vote.`);
    if (!isWeight(weight)) return refuse(`${name} has the weight ${shown(weight)}, not a finite number >= 0.`);
    if (found.has(model)) return refuse(`${name} has two predictions: each model votes once.`);
    found.set(model, weight);
  }
  return found;
}

function isWeight(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value < Infinity;
}

function weightOf(weights: ReadonlyMap<string, number>, model: string): number {
  return weights.get(model) ?? 0;
}
