import { inertText, parseEntryId, QscError } from "@qsc/contract";

/** Characters of a text of unknown origin that a message repeats. */
const SHOWN = 60;

/** What a value has to be: whether it is, and the words for it. */
export interface Wanted {
  readonly is: (value: unknown) => boolean;
  readonly words: string;
}

/** What each option of a function has to be; an option that is left out is always right. */
export type Table<Options> = { readonly [Name in keyof Required<Options>]: Wanted };

export const TEXT: Wanted = { is: (value) => typeof value === "string" && value !== "", words: "a text that is not empty" };
export const TEXTS: Wanted = {
  is: (value) => Array.isArray(value) && value.length > 0 && value.every(TEXT.is),
  words: "a list of at least one text",
};
export const BOOLEAN: Wanted = { is: (value) => typeof value === "boolean", words: "true or false" };
export const FUNCTION: Wanted = { is: (value) => typeof value === "function", words: "a function" };
export const SIGNAL: Wanted = { is: (value) => value instanceof AbortSignal, words: "an AbortSignal" };
export const ENTRY_ID: Wanted = {
  is: (value) => typeof value === "string" && parseEntryId(value) !== null,
  words: "an entry ID, such as 1763818338282-0",
};
/** Checked by whoever uses it, with a code of its own. */
export const CHECKED_LATER: Wanted = { is: () => true, words: "" };

/** The error of a value that a function of this package is not defined for. */
export function invalidOption(name: string, value: unknown, wanted: string): QscError {
  return new QscError("invalid_option", `${name} is ${shown(value)}; it must be ${wanted}.`);
}

/** @throws QscError `invalid_option` unless the value is what is wanted. */
export function assertOption(name: string, value: unknown, { is, words }: Wanted): void {
  if (!is(value)) throw invalidOption(name, value, words);
}

/**
 * Makes sure of an object of options: each is one that there is, and what it has to be.
 * @throws QscError `invalid_option` that names the option and its value.
 */
export function assertOptions<Options>(value: unknown, table: Table<Options>, what: string): asserts value is Options {
  if (!isPlainObject(value)) throw invalidOption(what, value, "an object");
  for (const name of Reflect.ownKeys(value)) {
    if (typeof name === "string" && Object.hasOwn(table, name)) continue;
    const known = Object.keys(table).join(", ");
    throw new QscError("invalid_option", `${what} has ${shown(name)}, which is not an option; the options are ${known}.`);
  }
  for (const [name, wanted] of Object.entries<Wanted>(table)) {
    const option = value[name];
    if (option !== undefined) assertOption(name, option, wanted);
  }
}

/** Whether a value has members that may be asked for: an object that is not a list. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value of any origin, for a message: short, on one line, and without running any code of its own. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `'${inertText(value.slice(0, SHOWN))}'`;
    case "number":
    case "boolean":
    case "bigint":
      return String(value).slice(0, SHOWN);
    case "undefined":
      return "missing";
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
    default:
      return `a ${typeof value}`;
  }
}
