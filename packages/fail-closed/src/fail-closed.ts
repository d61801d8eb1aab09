import { modelNameFault } from "@qsc/contract";
import { CheckedPredictor } from "./guard/checked-predictor.js";
import { GuardedModel } from "./guard/guarded-model.js";
import { isolated } from "./guard/listener.js";
import type { Identity, Loaded } from "./guard/loaded.js";
import { DEFAULT_TIME_LIMIT_MS, requireDegeneracy, requireLimit, requireWhole, type GuardOptions } from "./guard/options.js";
import { TimedCalls } from "./guard/timed-calls.js";
import type { FailClosedModel } from "./model.js";
import type { Predict } from "./predictor.js";

export interface FailClosedOptions<Label extends string> extends GuardOptions {
  /** As telemetry and weights have it. */
  readonly name: string;
  /** Every label that the predictor may answer. */
  readonly labels: readonly Label[];
  /** Names of the features in the order of the vector. */
  readonly features: readonly string[];
  /** Rows of one symbol that a prediction needs; 1, no history, if left out. */
  readonly rows?: number;
  readonly predict: Predict;
}

/**
 * Wraps any predictor, one that answers at once or later, so that it cannot lie: what it is given and
 * what it answers is checked, and whatever is wrong makes the prediction inactive with a reason.
 * @throws TypeError or RangeError for options that make no sense.
 */
export function failClosed<const Label extends string>(options: FailClosedOptions<Label>): FailClosedModel<Label> {
  const identity = identityOf(options);
  const { predict, timeLimitMs = DEFAULT_TIME_LIMIT_MS, maxSymbols } = options;
  const degeneracy = requireDegeneracy(options.degeneracy);
  // One for all reloads: a call that hangs is still the same predictor's.
  const calls = new TimedCalls(requireLimit(timeLimitMs, "timeLimitMs"));
  const load = (): Loaded<Label> => ({
    identity,
    predictor: new CheckedPredictor({ labels: identity.labels, predict, calls, degeneracy, close: nothingToFree }),
  });
  return new GuardedModel(load(), {
    load: () => Promise.resolve(load()),
    emit: isolated(options.onEvent),
    maxSymbols: maxSymbols === undefined ? undefined : requireWhole(maxSymbols, "maxSymbols"),
  });
}

function identityOf<Label extends string>(options: FailClosedOptions<Label>): Identity<Label> {
  const { name, title = name, labels, features, rows = 1 } = options;
  const fault = typeof name === "string" ? modelNameFault(name) : "is not a text";
  if (fault !== null) throw new TypeError(`name must be letters, digits and ._:/@+-, not ${JSON.stringify(name)}. It ${fault}.`);
  requireNames(labels, "labels", 2);
  requireNames(features, "features", 1);
  requireWhole(rows, "rows");
  return { name, title, labels: [...labels], features: [...features], rows, artifactSha256: null };
}

function requireNames(names: readonly string[], option: string, least: number): void {
  const good = names.every((name) => typeof name === "string" && name !== "");
  if (good && names.length >= least && new Set(names).size === names.length) return;
  throw new TypeError(`${option} must be different names, at least ${least}, not ${JSON.stringify(names)}.`);
}

function nothingToFree(): Promise<void> {
  return Promise.resolve();
}
