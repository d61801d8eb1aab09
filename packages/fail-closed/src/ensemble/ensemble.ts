import { requireWhole } from "../guard/options.js";
import type { FailClosedModel, ModelState } from "../model.js";
import type { FeatureRow, Prediction } from "../prediction.js";
import { vote, type Decision } from "./vote.js";
import { checkWeights, type Weights } from "./weights.js";

export interface EnsembleOptions<Label extends string> {
  readonly models: readonly FailClosedModel<Label>[];
  /** Of exactly these models, in all 1. */
  readonly weights: Weights;
  /** Fewest voting models for a decision: from 1 to the number of models. */
  readonly quorum: number;
}

/** What every model said of a row, in the order of the models, and what came of it. */
export interface EnsembleDecision<Label extends string = string> {
  readonly predictions: readonly Prediction<Label>[];
  readonly decision: Decision<Label>;
}

/** Models that decide together. */
export interface Ensemble<Label extends string = string> {
  readonly models: readonly FailClosedModel<Label>[];
  readonly weights: Weights;
  readonly quorum: number;
  /** Models that can serve now, see `ModelState`, with a weight above 0. */
  readonly activeCount: number;
  readonly hasQuorum: boolean;

  /**
   * Asks every model, one with weight 0 too, and votes. Calls may overlap: each model sees the rows in the
   * order of the calls. It rejects only for a fault of the program, such as a model that changed its name.
   */
  decide(row: FeatureRow): Promise<EnsembleDecision<Label>>;

  /** Warms up every model's history with a row, without a prediction. */
  remember(row: FeatureRow): void;

  /** Reloads every model, at the same time. */
  reload(): Promise<ReadonlyMap<string, ModelState>>;

  close(): Promise<void>;
}

/**
 * An ensemble of models.
 * @throws RangeError for a quorum out of range, or two models of one name
 * @throws QscError `invalid_weights`
 */
export function createEnsemble<Label extends string>({ models, weights: given, quorum }: EnsembleOptions<Label>): Ensemble<Label> {
  const names = models.map(({ name }) => name);
  requireDistinct(names);
  if (requireWhole(quorum, "quorum") > models.length) {
    throw new RangeError(`quorum must be at most ${models.length}, the number of models, not ${quorum}.`);
  }
  const weights = checkWeights(given, names, "Weights of the ensemble");
  const countActive = (): number =>
    models.filter(({ name, state }) => state.status === "active" && (weights.get(name) ?? 0) > 0).length;
  return {
    models,
    weights,
    quorum,
    get activeCount() {
      return countActive();
    },
    get hasQuorum() {
      return countActive() >= quorum;
    },
    async decide(row) {
      const predictions = await Promise.all(models.map((model) => model.predict(row)));
      return { predictions, decision: vote(predictions, { weights, quorum }) };
    },
    remember(row) {
      for (const model of models) model.remember(row);
    },
    async reload() {
      return new Map(await Promise.all(models.map(async (model) => [model.name, await model.reload()] as const)));
    },
    async close() {
      await Promise.all(models.map((model) => model.close()));
    },
  };
}

function requireDistinct(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`Two models are called ${twice}: each needs a name of its own.`);
}
