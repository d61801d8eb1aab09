import { CANARY_VARIABLES, isSameWeight, rules } from "@qsc/contract";
import { requireArgument } from "../guard/options.js";
import { listed, shown } from "../words.js";
import { parseWeights, refuse, requireNames, type Weights } from "./weights.js";

/** Weights during a canary, and which model is the canary. */
export interface CanaryWeights {
  readonly weights: Weights;
  readonly canary: { readonly model: string; readonly weight: number };
}

/** In the order in which their faults are told. */
const NAMES = [CANARY_VARIABLES.weights, CANARY_VARIABLES.model, CANARY_VARIABLES.weight] as const;

const ENVIRONMENT = rules.shaped(Object.fromEntries(NAMES.map((name) => [name, rules.optional(rules.anyText)])));

const DECIMAL = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The weights of a canary, from `QSC_CANARY_WEIGHTS` (JSON), `QSC_CANARY_MODEL` and `QSC_CANARY_WEIGHT`; null if none
 * is set. An empty variable counts as not set.
 * @throws QscError `invalid_weights` if only some are set or they contradict each other: half a drop-in must not be
 * taken for a baseline
 */
export function weightsFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  models: readonly string[],
): CanaryWeights | null {
  requireNames(models);
  requireArgument(ENVIRONMENT, env, "env");
  const [json, model, written] = NAMES.map((name) => (env[name] === "" ? undefined : env[name]));
  if (json === undefined && model === undefined && written === undefined) return null;
  if (json === undefined || model === undefined || written === undefined) {
    const missing = NAMES.filter((name) => env[name] === undefined || env[name] === "");
    return refuse("Environment", `${listed(missing)} is not set, though other variables of a canary are`);
  }
  const weights = parseWeights(json, models, CANARY_VARIABLES.weights);
  const weight = parseWeight(written);
  const weighed = weights.get(model);
  if (weighed === undefined)
    return refuse(
      CANARY_VARIABLES.model,
      `${listed([model])} is not a model of the ensemble, which has ${models.join(", ")}`,
    );
  if (!isSameWeight(weighed, weight)) {
    return refuse(
      CANARY_VARIABLES.weight,
      `${written} contradicts ${CANARY_VARIABLES.weights}, which gives ${model} ${weighed}`,
    );
  }
  return { weights, canary: { model, weight } };
}

function parseWeight(written: string): number {
  const weight = DECIMAL.test(written) ? Number(written) : Number.NaN;
  return weight <= 1 ? weight : refuse(CANARY_VARIABLES.weight, `${shown(written)} is not a number from 0 to 1`);
}
