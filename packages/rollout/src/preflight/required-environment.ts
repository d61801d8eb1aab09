import { inertText, QscError } from "@qsc/contract";
import { splitWords } from "@qsc/systemd";
import type { UnitEnvironment } from "../canary/unit-environment.js";

/** What a variable of the engine's environment must be before a canary may start. */
export type EnvironmentRequirement = { readonly name: string } & (
  { readonly equals: string } | { readonly atLeast: number } | { readonly atMost: number } | { readonly isSet: true }
);

/** No requirements: an explicit word, as an empty setting may be a mistake. */
const NOTHING = "none";
const FORM = /^([A-Za-z_][A-Za-z0-9_]*)(?:(>=|<=|=)(.*))?$/s;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,9})?$/;

/**
 * Reads requirements: `NAME=VALUE`, `NAME>=NUMBER`, `NAME<=NUMBER` or `NAME` (set, and not empty), separated by spaces
 * and quoted as in `Environment=` of a unit; or `none`.
 * @throws QscError `invalid_config` naming what cannot be understood
 */
export function parseRequiredEnvironment(text: string): readonly EnvironmentRequirement[] {
  if (text.trim() === NOTHING) return [];
  const words = splitWords(text, "unit-file");
  if ("problem" in words) throw notUnderstood(text, words.problem);
  if (words.length === 0) throw notUnderstood(text, "it names no variable");
  return words.map((word) => requirementOf(word, text));
}

function requirementOf(word: string, text: string): EnvironmentRequirement {
  const [, name, sign, value = ""] = FORM.exec(word) ?? [];
  if (name === undefined) throw notUnderstood(text, `'${inertText(word)}' does not begin with a variable's name`);
  if (sign === undefined) return { name, isSet: true };
  if (sign === "=") return { name, equals: value };
  if (!NUMBER.test(value))
    throw notUnderstood(text, `'${inertText(word)}' compares with something that is not a number`);
  return sign === ">=" ? { name, atLeast: Number(value) } : { name, atMost: Number(value) };
}

function notUnderstood(text: string, problem: string): QscError {
  return new QscError(
    "invalid_config",
    `The required environment '${inertText(text)}' cannot be understood: ${problem}. Write NAME=VALUE, NAME>=NUMBER, NAME<=NUMBER or NAME, with spaces between them, or none.`,
  );
}

/**
 * @throws QscError `precondition.environment` unless the variable meets the requirement: otherwise it is unknown what
 * the engine does
 */
export function requireVariable(environment: UnitEnvironment, requirement: EnvironmentRequirement): string {
  const { name } = requirement;
  const value = environment.get(name);
  if (value !== null && isMet(value, requirement)) return `${name}=${value}`;
  const found = value === null ? "not set" : `'${inertText(value)}'`;
  throw new QscError(
    "precondition.environment",
    `${name} is ${found} in the unit's environment and its files; set ${describeWanted(requirement)} there and restart.`,
  );
}

function isMet(text: string, requirement: EnvironmentRequirement): boolean {
  if ("equals" in requirement) return text === requirement.equals;
  if ("isSet" in requirement) return text !== "";
  // Number() reads an empty text as 0; a comparison with NaN is false.
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return "atLeast" in requirement ? value >= requirement.atLeast : value <= requirement.atMost;
}

/** The required value, for a sentence. */
export function describeWanted(requirement: EnvironmentRequirement): string {
  if ("equals" in requirement) return `${requirement.name}=${requirement.equals}`;
  if ("atLeast" in requirement) return `${requirement.atLeast} or more`;
  return "atMost" in requirement ? `${requirement.atMost} or less` : "it";
}
