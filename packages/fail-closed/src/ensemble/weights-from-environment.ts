import { isSameWeight, rules } from "@qsc/contract";
import { requireArgument } from "../guard/options.js";
import { listed, shown } from "../words.js";
import { parseWeights, refuse, requireNames, type Weights } from "./weights.js";

/** Weights of a canary, and the model that is one. */
export interface CanaryWeights {
  readonly weights: Weights;
  readonly canary: { readonly model: string; readonly weight: number };
}

/** The variables that `qsc activate` puts into the unit's drop-in. */
const NAMES = ["QSC_CANARY_WEIGHTS", "QSC_CANARY_MODEL", "QSC_CANARY_WEIGHT"] as const;

const ENVIRONMENT = rules.shaped(Object.fromEntries(NAMES.map((name) => [name, rules.optional(rules.anyText)])));

const DECIMAL = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The weights of a canary, from `QSC_CANARY_WEIGHTS` (JSON), `QSC_CANARY_MODEL` and `QSC_CANARY_WEIGHT`;
 * null where none of them is set. An empty one counts as not set.
 * @throws QscError `invalid_weights` where only some are set, or where they contradict each other: half a
 *   drop-in is no baseline
 */
export function weightsFromEnvironment(env: Readonly<Record<string, string | undefined>>, models: readonly string[]): CanaryWeights | null {
  requireNames(models);
  requireArgument(ENVIRONMENT, env, "env");
  const [json, model, written] = NAMES.map((name) => (env[name] === "" ? undefined : env[name]));
  if (json === undefined && model === undefined && written === undefined) return null;
  if (json === undefined || model === undefined || written === undefined) {
    const missing = NAMES.filter((name) => env[name] === undefined || env[name] === "");
    return refuse("Environment", `${listed(missing)} is not set, though other variables of a canary are`);
  }
  const weights = parseWeights(json, models, "QSC_CANARY_WEIGHTS");
  const weight = parseWeight(written);
  const weighed = weights.get(model);
  if (weighed === undefined) return refuse("QSC_CANARY_MODEL", `${listed([model])} is not a model of the ensemble, which has ${models.join(", ")}`);
  if (!isSameWeight(weighed, weight)) {
    return refuse("QSC_CANARY_WEIGHT", `${written} contradicts QSC_CANARY_WEIGHTS, which gives ${model} ${weighed}`);
  }
  return { weights, canary: { model, weight } };
}

function parseWeight(written: string): number {
  const weight = DECIMAL.test(written) ? Number(written) : Number.NaN;
  return weight <= 1 ? weight : refuse("QSC_CANARY_WEIGHT", `${shown(written)} is not a number from 0 to 1`);
}
