import { modelNameFault, QscError, rules, showValue, type Rule } from "@qsc/contract";
import { DegeneracyDetector, type DegeneracyOptions } from "@qsc/violations";
import type { ModelEvent } from "../model.js";
import { isDistinct } from "../words.js";

const { optional } = rules;

/** When a model's recent output counts as degenerate, and over which predictions. */
export interface DegeneracyGuard extends DegeneracyOptions {
  /**
   * `model` (default): over all predictions. `symbol`: also over those of each symbol, for the most recently seen
   * `maxSymbols`; a frozen symbol gives no answers, and the model continues with the others. Each symbol takes about 16
   * bytes per prediction in `window`: 1.6 kB by default, 1.6 MB for 1000 symbols.
   */
  readonly per?: "model" | "symbol";
}

/** Options of every fail-closed model. */
export interface GuardOptions {
  /** The model's name in log lines, such as `PatchTST`; defaults to the name. */
  readonly title?: string;
  /** Longest time for one answer, in milliseconds; default 1000. */
  readonly timeLimitMs?: number;
  /** When its recent output counts as degenerate. */
  readonly degeneracy?: DegeneracyGuard;
  /**
   * Called with every event as it happens. Its exceptions and rejections are caught: the first failure emits a process
   * warning (`QSC_LISTENER`), and it still receives events.
   */
  readonly onEvent?: (event: ModelEvent) => void;
  /** How many of the most recently seen symbols a model keeps state for; default 1000. */
  readonly maxSymbols?: number;
}

export const DEFAULT_TIME_LIMIT_MS = 1000;
/** For one load, probe included. */
export const DEFAULT_LOAD_LIMIT_MS = 30_000;
export const DEFAULT_MAX_SYMBOLS = 1000;

/** The longest delay of a timer. */
const LONGEST_MS = 2 ** 31 - 1;

/** The value passes `isRight`; `expected` finishes the sentence "it must be ...". */
export function must(isRight: (value: unknown) => boolean, expected: string): Rule {
  return (value, name) => {
    if (!isRight(value)) refuse(`${name} must be ${expected}, not ${showValue(value)}.`);
  };
}

/** @throws QscError `invalid_option` */
export function refuse(sentence: string, cause?: unknown): never {
  throw new QscError("invalid_option", sentence, { cause });
}

export const textRule: Rule = must((value) => typeof value === "string" && value !== "", "a text that is not empty");
export const functionRule: Rule = must((value) => typeof value === "function", "a function");
export const countRule: Rule = must(
  (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  "a whole number, at least 1",
);
export const limitRule: Rule = must(
  (value) => typeof value === "number" && value > 0 && value <= LONGEST_MS,
  `a number of milliseconds above 0 and at most ${LONGEST_MS}`,
);
export const modelNameRule: Rule = (value, name) => {
  const sentence = `${name} must be letters, digits and ._:/@+-, not ${showValue(value)}.`;
  if (typeof value !== "string") return refuse(sentence);
  const fault = modelNameFault(value);
  if (fault !== null) refuse(`${sentence} It ${fault}.`);
};

/** Whether a value is a list whose members all pass. Checked by index, so that holes count too. */
export function isListOf(value: unknown, passes: (member: unknown) => boolean): boolean {
  return Array.isArray(value) && Array.from(value as readonly unknown[]).every(passes);
}

/** At least `least` names that all differ, in any Unicode form. */
export function namesRule(least: number): Rule {
  const isName = (name: unknown): boolean => typeof name === "string" && name !== "";
  const areNames = (value: unknown): boolean =>
    isListOf(value, isName) && (value as readonly string[]).length >= least && isDistinct(value as readonly string[]);
  return must(areNames, `different names, at least ${least}`);
}

const perRule: Rule = must((per) => per === undefined || per === "model" || per === "symbol", '"model" or "symbol"');

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The degeneracy options: `per`, and the detector's own, which are checked by creating one. */
function degeneracyRule(value: unknown, name: string): void {
  must(isObject, "an object of options")(value, name);
  const { per, ...options } = value as DegeneracyGuard;
  perRule(per, `${name}.per`);
  try {
    new DegeneracyDetector(options);
  } catch (cause) {
    refuse((cause as Error).message.replace(/^options\b/, name), cause);
  }
}

/** The rules of `GuardOptions`. */
export const GUARD_RULES: Readonly<Record<keyof GuardOptions, Rule>> = {
  title: optional(textRule),
  timeLimitMs: optional(limitRule),
  degeneracy: optional(degeneracyRule),
  onEvent: optional(functionRule),
  maxSymbols: optional(countRule),
};

/**
 * A copy of the caller's options, each read once and checked; unknown options are refused.
 * @throws QscError `invalid_option` naming the option and the value
 */
export function checkedOptions<Options extends object>(
  given: Options,
  members: Readonly<Record<keyof Options, Rule>>,
): Options {
  return guarded("options", () => {
    must(isObject, "an object")(given, "options");
    const options = { ...given };
    const unknown = Object.keys(options).find((key) => !Object.hasOwn(members, key));
    const known = Object.keys(members).join(", ");
    if (unknown !== undefined) refuse(`${showValue(unknown)} is not an option: the options are ${known}.`);
    for (const [key, rule] of Object.entries<Rule>(members)) rule(options[key as keyof Options], key);
    return options;
  });
}

/** @throws QscError `invalid_option` naming the argument and the value */
export function requireArgument(rule: Rule, value: unknown, name: string): void {
  guarded(name, () => {
    rule(value, name);
  });
}

/** Runs a check. If a hostile value throws when read, that becomes a coded error too. */
function guarded<T>(name: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (cause instanceof QscError) throw cause;
    return refuse(`${name} cannot be read.`, cause);
  }
}
