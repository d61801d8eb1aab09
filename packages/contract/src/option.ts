import { QscError } from "./errors.js";

/** A message repeats at most this many characters of a text. */
const SHOWN = 60;

/**
 * The error for a value that a library function does not accept. It names the option, the value and what is
 * expected.
 */
export function invalidOption(name: string, value: unknown, expected: string): QscError {
  return new QscError("invalid_option", `${name} is ${showValue(value)}; it must be ${expected}.`);
}

/** Any value in a few words, for a message. Never throws. */
export function showValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}...` : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `a list of ${value.length}` : "an object";
    default:
      return String(value);
  }
}
