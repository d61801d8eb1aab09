/// <reference lib="esnext.disposable" preserve="true" />
import type { Rule } from "@qsc/contract";
import { ModelError } from "../errors.js";
import { asModelError } from "../guard/as-model-error.js";
import { checkedOptions, countRule, isListOf, must, refuse } from "../guard/options.js";
import type { FailClosedModel, ModelState } from "../model.js";
import type { FeatureRow, Prediction } from "../prediction.js";
import { named, shown } from "../words.js";
import { AgreedLabels } from "./agreed-labels.js";
import { votable, withoutVote } from "./votable.js";
import { vote, type Decision } from "./vote.js";
import { checkWeights, type Weights } from "./weights.js";

/** What an ensemble is made of. */
export interface EnsembleOptions<Label extends string> {
  readonly models: readonly FailClosedModel<Label>[];
  /** For exactly these models; they sum to 1. */
  readonly weights: Weights;
  /** Minimum number of voting models for a decision, from 1 to the number of models. */
  readonly quorum: number;
}

/** Every model's prediction for a row, in the order of the models, and the resulting decision. */
export interface EnsembleDecision<Label extends string = string> {
  readonly predictions: readonly Prediction<Label>[];
  readonly decision: Decision<Label>;
}

/** Models that decide together. */
export interface Ensemble<Label extends string = string> {
  readonly models: readonly FailClosedModel<Label>[];
  readonly weights: Weights;
  readonly quorum: number;
  /** Models that can serve now (see `ModelState`) and have a weight above 0. */
  readonly activeCount: number;
  readonly hasQuorum: boolean;

  /**
   * Asks every model, including those with weight 0, and votes. Calls may overlap: each model sees the rows in the
   * order of the calls. A third-party model that throws or gives an answer that cannot vote is left out, and its
   * prediction here says why; the same goes for a model that was reloaded with other labels. Never rejects.
   */
  decide(row: FeatureRow): Promise<EnsembleDecision<Label>>;

  /** Warms up every model's history with a row, without predicting. */
  remember(row: FeatureRow): void;

  /** Reloads all models concurrently. */
  reload(): Promise<ReadonlyMap<string, ModelState>>;

  /** Closes all models. Later rows get inactive predictions. Closing again changes nothing. */
  close(): Promise<void>;

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** An ensemble's operations on its models. */
const METHODS = ["predict", "remember", "reload", "close"] as const;

function isModel(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const model = value as Partial<FailClosedModel>;
  const { name, labels, state } = model;
  const areLabels = Array.isArray(labels) && labels.every((label) => typeof label === "string");
  const hasState = typeof state === "object" && (state as unknown) !== null;
  const hasMethods = METHODS.every((method) => typeof model[method] === "function");
  return typeof name === "string" && areLabels && hasState && hasMethods;
}

const RULES: Readonly<Record<keyof EnsembleOptions<string>, Rule>> = {
  models: must((value) => isListOf(value, isModel), "a list of models"),
  // Weights have a rule and an error code of their own.
  weights: () => undefined,
  quorum: countRule,
};

/**
 * An ensemble of models.
 * @throws QscError `invalid_option` for a quorum out of range, two models of one name, or models with different labels;
 *   `invalid_weights`
 */
export function createEnsemble<Label extends string>(options: EnsembleOptions<Label>): Ensemble<Label> {
  const { models: list, weights: given, quorum } = checkedOptions(options, RULES);
  const models = Object.freeze([...list]);
  const names = models.map(({ name }) => name);
  requireDistinct(names);
  if (quorum > models.length) {
    refuse(`quorum must be at most ${models.length}, the number of models, not ${quorum}.`);
  }
  const agreed = new AgreedLabels(models);
  const weights = checkWeights(given, names, "Weights of the ensemble");
  const isVoting = (model: FailClosedModel): boolean =>
    model.state.status === "active" && (weights.get(model.name) ?? 0) > 0 && agreed.problemOf(model) === null;
  const close = async (): Promise<void> => {
    await Promise.all(models.map((model) => model.close()));
  };
  const countActive = (): number => models.filter(isVoting).length;
  return {
    models,
    // A copy, so that no one can change the votes from outside.
    weights: new Map(weights),
    quorum,
    get activeCount() {
      return countActive();
    },
    get hasQuorum() {
      return countActive() >= quorum;
    },
    async decide(row) {
      const predictions = await Promise.all(models.map((model, at) => ask(model, names[at] ?? "", agreed, row)));
      return { predictions, decision: vote(predictions, { weights, quorum }) };
    },
    remember(row) {
      for (const model of models) model.remember(row);
    },
    async reload() {
      return new Map(await Promise.all(models.map(async (model) => [model.name, await model.reload()] as const)));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** One model's prediction for a row, checked for voting. Never rejects. */
async function ask<Label extends string>(
  model: FailClosedModel<Label>,
  name: string,
  agreed: AgreedLabels,
  row: FeatureRow,
): Promise<Prediction<Label>> {
  try {
    const given = await model.predict(row);
    const prediction = votable(name, given, agreed.labels as ReadonlySet<Label> | null);
    if (prediction.status === "inactive") return { ...prediction, model: name };
    const problem = misfitOf(model, name, given.model, agreed);
    return problem === null ? prediction : withoutVote(name, new ModelError("output_invalid", problem), prediction);
  } catch (thrown) {
    return withoutVote(name, asModelError(thrown, "predict_failed", "Model failed"));
  }
}

/** Why a model that answered under the name `saysName` cannot vote in this ensemble; null if it can. */
function misfitOf(model: FailClosedModel, name: string, saysName: unknown, agreed: AgreedLabels): string | null {
  if (saysName !== name) return `Model answers under the name ${shown(saysName)}`;
  const problem = agreed.problemOf(model);
  return problem === null ? null : `Labels are not the ensemble's: ${problem}`;
}

function requireDistinct(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse(`Two models are called ${named(twice)}: each needs a name of its own.`);
}
