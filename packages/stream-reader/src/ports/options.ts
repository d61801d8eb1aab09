import { inertText, parseEntryId, QscError } from "@qsc/contract";

/** How many characters of an untrusted text a message repeats. */
const SHOWN = 60;

/** What a value must be: a test, and the words for it. */
export interface Wanted {
  readonly is: (value: unknown) => boolean;
  readonly words: string;
}

/** What each option of a function must be. An option may always be left out. */
export type Table<Options> = { readonly [Name in keyof Required<Options>]: Wanted };

export const TEXT: Wanted = {
  is: (value) => typeof value === "string" && value !== "",
  words: "a non-empty text",
};
export const TEXTS: Wanted = {
  is: (value) => Array.isArray(value) && value.length > 0 && value.every(TEXT.is),
  words: "a list of at least one text",
};
export const BOOLEAN: Wanted = { is: (value) => typeof value === "boolean", words: "true or false" };
export const MILLISECONDS: Wanted = {
  is: (value) => typeof value === "number" && value > 0 && value <= 60_000,
  words: "a number of milliseconds from above 0 to 60000",
};
export const FUNCTION: Wanted = { is: (value) => typeof value === "function", words: "a function" };
export const SIGNAL: Wanted = { is: (value) => value instanceof AbortSignal, words: "an AbortSignal" };
export const ENTRY_ID: Wanted = {
  is: (value) => typeof value === "string" && parseEntryId(value) !== null,
  words: "an entry ID, such as 1763818338282-0",
};
/** Checked by the code that uses it, with its own error code. */
export const CHECKED_LATER: Wanted = { is: () => true, words: "" };

/** The error for a value that a function of this package does not accept. */
export function invalidOption(name: string, value: unknown, wanted: string): QscError {
  return new QscError("invalid_option", `${name} is ${shown(value)}; it must be ${wanted}.`);
}

/** @throws QscError `invalid_option` unless the value is as wanted */
export function assertOption(name: string, value: unknown, { is, words }: Wanted): void {
  if (!is(value)) throw invalidOption(name, value, words);
}

/**
 * Checks an object of options: each must exist, and be what the table asks for.
 * @throws QscError `invalid_option` that names the option and its value.
 */
export function assertOptions<Options>(value: unknown, table: Table<Options>, what: string): asserts value is Options {
  if (!isPlainObject(value)) throw invalidOption(what, value, "an object");
  for (const name of Reflect.ownKeys(value)) {
    if (typeof name === "string" && Object.hasOwn(table, name)) continue;
    const known = Object.keys(table).join(", ");
    throw new QscError(
      "invalid_option",
      `${what} has ${shown(name)}, which is not an option; the options are ${known}.`,
    );
  }
  for (const [name, wanted] of Object.entries<Wanted>(table)) {
    const option = value[name];
    if (option !== undefined) assertOption(name, option, wanted);
  }
}

/** Whether a value is an object with members: not null, not a list. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Any value for a message: short, on one line, and without running any code of the value. */
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
