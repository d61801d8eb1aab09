import { invalidOption, QscError, rules, type Rule } from "@qsc/contract";
import { DegeneracyDetector, type DegeneracyOptions } from "@qsc/violations";
import { MODEL_NAME } from "../model-name.js";
import type { ModelEvent } from "../model.js";
import { isDistinct } from "../words.js";

const { allOf, anyFunction, closed, listOf, oneOf, optional, ruleOf, someText, wholeFrom } = rules;

/** When a model's recent output counts as degenerate, and of which predictions that is asked. */
export interface DegeneracyGuard extends DegeneracyOptions {
  /**
   * `model`, if left out: over all predictions. `symbol`: over those of each symbol as well, for up to `maxSymbols` of
   * them, the most recently seen; a symbol that is frozen gives no answers, and the model goes on with the others. Each
   * symbol takes some 16 bytes for each prediction of `window`: 1.6 kB by default, 1.6 MB for 1000 symbols.
   */
  readonly per?: "model" | "symbol";
}

/** What every fail-closed model may be told. */
export interface GuardOptions {
  /** The model's name as log lines have it, such as `PatchTST`; the name if left out. */
  readonly title?: string;
  /** Longest time for one answer, in milliseconds; 1000 if left out. */
  readonly timeLimitMs?: number;
  /** When its recent output counts as degenerate. */
  readonly degeneracy?: DegeneracyGuard;
  /**
   * Told of everything that happens, while it happens. What it throws, and a promise of its own that rejects, is caught:
   * the first fault of each listener is a process warning (`QSC_LISTENER`), and it goes on being told.
   */
  readonly onEvent?: (event: ModelEvent) => void;
  /** Symbols of which a model keeps something, the most recently seen; 1000 if left out. */
  readonly maxSymbols?: number;
}

export const DEFAULT_TIME_LIMIT_MS = 1000;
export const DEFAULT_MAX_SYMBOLS = 1000;

/** Timers do not go further. */
const LONGEST_MS = 2 ** 31 - 1;

/** A time limit in milliseconds. */
export const limitRule: Rule = ruleOf(
  (value) => typeof value === "number" && value > 0 && value <= LONGEST_MS,
  `a number of milliseconds above 0, at most ${LONGEST_MS}`,
);

/** A model's name, as telemetry takes it. */
export const modelNameRule: Rule = ruleOf(
  (value) => typeof value === "string" && MODEL_NAME.test(value),
  "letters, digits and ._:/@+-, beginning with a letter or digit, 128 at most",
);

/** At least one, or more, from 1 on. */
export const countRule: Rule = wholeFrom(1);

/** At least `least` names, each another one, in any Unicode form. */
export function namesRule(least: number): Rule {
  return allOf(
    ruleOf((value) => Array.isArray(value) && value.length >= least, `a list of at least ${least}`),
    listOf(someText),
    (value, name) => {
      if (!isDistinct(value as readonly string[])) throw new QscError("invalid_option", `${name} has one name twice: each must be a name of its own, in any Unicode form.`);
    },
  );
}

/** The options of degeneracy: `per`, and what its detector takes, which is asked by making one. */
function degeneracyRule(value: unknown, name: string): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalidOption(name, value, "an object, or left out");
  const { per, ...options } = value as DegeneracyGuard;
  optional(oneOf("model", "symbol"))(per, `${name}.per`);
  try {
    new DegeneracyDetector(options);
  } catch (cause) {
    if (!(cause instanceof QscError)) throw cause;
    throw new QscError(cause.code, `${name}: ${cause.message}`, { cause });
  }
}

/** The rules of `GuardOptions`. */
export const GUARD_RULES: Readonly<Record<keyof GuardOptions, Rule>> = {
  title: optional(someText),
  timeLimitMs: optional(limitRule),
  degeneracy: optional(degeneracyRule),
  onEvent: optional(anyFunction),
  maxSymbols: optional(countRule),
};

/**
 * A copy of the options that a caller gives, each read once and checked; an unknown one is refused.
 * @throws QscError `invalid_option` naming the option and the value
 */
export function checkedOptions<Options extends object>(given: Options, members: Readonly<Record<keyof Options, Rule>>, name = "options"): Options {
  if (typeof given !== "object" || (given as unknown) === null) throw invalidOption(name, given, "an object");
  const options = copyOf(given, name);
  guarded(() => {
    closed(members)(options, name);
  }, name);
  return options;
}

/** @throws QscError `invalid_option` naming the argument and the value */
export function requireArgument(rule: Rule, value: unknown, name: string): void {
  guarded(() => {
    rule(value, name);
  }, name);
}


function copyOf<Options extends object>(given: Options, name: string): Options {
  return guarded(() => {
    if (Array.isArray(given)) throw invalidOption(name, given, "an object");
    return { ...given };
  }, name);
}

/** Runs a check. What a hostile value throws when it is looked at is one coded error too. */
function guarded<T>(check: () => T, name: string): T {
  try {
    return check();
  } catch (cause) {
    if (cause instanceof QscError) throw cause;
    throw new QscError("invalid_option", `${name} cannot be read.`, { cause });
  }
}
