import { rules, type Rule } from "@qsc/contract";
import { CheckedPredictor } from "./guard/checked-predictor.js";
import { GuardedModel } from "./guard/guarded-model.js";
import { isolated } from "./guard/listener.js";
import type { Identity, Loaded } from "./guard/loaded.js";
import {
  checkedOptions,
  countRule,
  DEFAULT_TIME_LIMIT_MS,
  functionRule,
  GUARD_RULES,
  modelNameRule,
  namesRule,
  type GuardOptions,
} from "./guard/options.js";
import { OutputWatch } from "./guard/output-watch.js";
import { TimedCalls } from "./guard/timed-calls.js";
import type { FailClosedModel } from "./model.js";
import type { Predict } from "./predictor.js";

export interface FailClosedOptions<Label extends string> extends GuardOptions {
  /** As in telemetry and weights. */
  readonly name: string;
  /** Every label that the predictor may answer. */
  readonly labels: readonly Label[];
  /** Names of the features in the order of the vector. */
  readonly features: readonly string[];
  /** Rows of one symbol that a prediction needs; 1 (no history) if omitted. */
  readonly rows?: number;
  readonly predict: Predict;
}

const RULES: Readonly<Record<keyof FailClosedOptions<string>, Rule>> = {
  ...GUARD_RULES,
  name: modelNameRule,
  labels: namesRule(2),
  features: namesRule(1),
  rows: rules.optional(countRule),
  predict: functionRule,
};

/**
 * Wraps any synchronous or asynchronous predictor and never substitutes a default answer: it checks the input and the
 * answer, and any fault makes the prediction inactive with a reason.
 * @throws QscError `invalid_option` naming the option and the value
 */
export function failClosed<const Label extends string>(given: FailClosedOptions<Label>): FailClosedModel<Label> {
  const options = checkedOptions(given, RULES);
  const identity = identityOf(options);
  const { predict, timeLimitMs = DEFAULT_TIME_LIMIT_MS, maxSymbols, degeneracy } = options;
  // Shared by all reloads: a hung call still belongs to the same predictor, and so do its last answers.
  const calls = new TimedCalls(timeLimitMs);
  const watch = new OutputWatch(degeneracy, maxSymbols);
  const load = (): Loaded<Label> => ({
    identity,
    predictor: new CheckedPredictor({ labels: identity.labels, predict, calls, watch, close: nothingToFree }),
  });
  return new GuardedModel(load(), {
    load: () => Promise.resolve(load()),
    emit: isolated(options.onEvent, identity.name),
    maxSymbols,
    isPerSymbol: degeneracy?.per === "symbol",
  });
}

function identityOf<Label extends string>(options: FailClosedOptions<Label>): Identity<Label> {
  const { name, title = name, labels, features, rows = 1 } = options;
  const hashes = { artifactSha256: null, fileSha256: null, manifestSha256: null };
  return { name, title, labels: Object.freeze([...labels]), features: Object.freeze([...features]), rows, ...hashes };
}

function nothingToFree(): Promise<void> {
  return Promise.resolve();
}
