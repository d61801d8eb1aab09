import { QscError } from "./errors.js";
import { invalidOption, showValue } from "./option.js";

/** Checks a value. Throws `invalid_option` with its name when it is not valid. */
export type Rule = (value: unknown, name: string) => void;

/** Accepts a value for which `isRight` is true; `expected` completes the sentence "it must be ...". */
export function ruleOf(isRight: (value: unknown) => boolean, expected: string): Rule {
  return (value, name) => {
    if (!isRight(value)) throw invalidOption(name, value, expected);
  };
}

/** A string. */
export const anyText: Rule = ruleOf((value) => typeof value === "string", "a text");
/** A string that is not empty. */
export const someText: Rule = ruleOf((value) => typeof value === "string" && value !== "", "a text that is not empty");
/** True or false. */
export const flag: Rule = ruleOf((value) => typeof value === "boolean", "true or false");
/** A function. */
export const anyFunction: Rule = ruleOf((value) => typeof value === "function", "a function");
/** A number that is neither NaN nor infinite. */
export const finite: Rule = ruleOf(Number.isFinite, "a finite number");
/** A finite number that is not negative. */
export const atLeastZero: Rule = ruleOf(
  (value) => Number.isFinite(value) && (value as number) >= 0,
  "a number from 0 on",
);
/** A number from 0 to 1. */
export const share: Rule = numberWithin(0, 1);
/** A count that a double can represent exactly. */
export const count: Rule = wholeFrom(0);

/** A finite number from `low` to `high`, inclusive. */
export function numberWithin(low: number, high: number): Rule {
  const isWithin = (value: unknown): boolean => typeof value === "number" && value >= low && value <= high;
  return ruleOf(isWithin, `a number from ${low} to ${high}`);
}

/** A whole number that a double can represent exactly, from `least` to `most`, inclusive. */
export function wholeFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Rule {
  const isWhole = (value: unknown): boolean =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
  return ruleOf(isWhole, `a whole number from ${least} to ${most}`);
}

/** One of these words. */
export function oneOf(...words: readonly string[]): Rule {
  return ruleOf((value) => typeof value === "string" && words.includes(value), words.join(" or "));
}

/** A value that `rule` accepts, or undefined. */
export function optional(rule: Rule): Rule {
  return (value, name) => {
    if (value !== undefined) rule(value, name);
  };
}

/** A value that `rule` accepts, or null. */
export function nullable(rule: Rule): Rule {
  return (value, name) => {
    if (value !== null) rule(value, name);
  };
}

/** Applies one rule after the other. */
export function allOf(...rules: readonly Rule[]): Rule {
  return (value, name) => {
    for (const rule of rules) rule(value, name);
  };
}

/** An array whose members `rule` accepts. */
export function listOf(rule: Rule): Rule {
  return (value, name) => {
    if (!Array.isArray(value)) throw invalidOption(name, value, "a list");
    // By index, because a hole is a member too.
    for (let index = 0; index < value.length; index += 1) rule(value[index], `${name}[${index}]`);
  };
}

/** An array of exactly these members. */
export function tupleOf(...members: readonly Rule[]): Rule {
  return (value, name) => {
    if (!Array.isArray(value) || value.length !== members.length)
      throw invalidOption(name, value, `a list of ${members.length}`);
    members.forEach((rule, index) => {
      rule(value[index], `${name}[${index}]`);
    });
  };
}

/** An object with these members, and possibly others. */
export function shaped(members: Readonly<Record<string, Rule>>): Rule {
  const rules = Object.entries(members);
  return (value, name) => {
    const object = asObject(value, name);
    for (const [key, rule] of rules) rule(object[key], memberOf(name, key));
  };
}

/** An object with exactly these members: a misspelt key is refused. */
export function closed(members: Readonly<Record<string, Rule>>): Rule {
  const known = Object.keys(members);
  const shape = shaped(members);
  return (value, name) => {
    for (const key of Object.keys(asObject(value, name))) {
      if (Object.hasOwn(members, key)) continue;
      throw new QscError(
        "invalid_option",
        `${name} has the unknown key ${showValue(key)}; known keys are ${known.join(", ")}.`,
      );
    }
    shape(value, name);
  };
}

/** An object whose own members `rule` accepts, under any names. */
export function recordOf(rule: Rule): Rule {
  return (value, name) => {
    for (const [key, member] of Object.entries(asObject(value, name))) rule(member, memberOf(name, key));
  };
}

/** A Map whose keys and values the rules accept. */
export function mapOf(key: Rule, rule: Rule): Rule {
  return (value, name) => {
    if (!(value instanceof Map)) throw invalidOption(name, value, "a Map");
    for (const [each, member] of value as Map<unknown, unknown>) {
      key(each, `a key of ${name}`);
      rule(member, `${name}.get(${showValue(each)})`);
    }
  };
}

/** An instance of one of our classes. */
export function instanceOf(type: abstract new (...given: never[]) => object): Rule {
  return ruleOf((value) => value instanceof type, `a ${type.name}`);
}

const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/;

/** How a member is written: `policy.limits["narrow_range.range"]`. */
function memberOf(name: string, key: string): string {
  return PLAIN_NAME.test(key) ? `${name}.${key}` : `${name}[${showValue(key)}]`;
}

function asObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidOption(name, value, "an object");
  return value as Readonly<Record<string, unknown>>;
}
