import { STATS_ERROR_CODES, StatsError } from "./errors.js";

/**
 * Largest |x| the moment accumulators take. Fourth powers of differences, summed over any
 * count a process can reach, then stay below the largest double: no sum can become infinite.
 */
export const MAX_MAGNITUDE = 1e70;

/** A window is held in memory: a larger one is a mistake. */
const LONGEST_WINDOW = 10_000_000;

/** How many characters of a text a message repeats: the sender chooses its length. */
const SHOWN = 64;

/** Any value in a few words. Never throws, even for an object that cannot be converted to text. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, SHOWN));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}

/** Throws `not_finite` for NaN, infinities and anything that is not a number. */
export function requireFinite(value: number, name: string): void {
  if (Number.isFinite(value)) return;
  throw new StatsError(STATS_ERROR_CODES.notFinite, `${name} is ${show(value)}: expected a finite number`);
}

/** Throws `invalid_argument` unless `isRight`, with what was expected. */
export function requireThat(isRight: boolean, value: unknown, name: string, expected: string): void {
  if (!isRight)
    throw new StatsError(STATS_ERROR_CODES.invalidArgument, `${name} is ${show(value)}: expected ${expected}`);
}

/** Throws `invalid_argument` for anything but a text. */
export function requireLabel(label: string): void {
  requireThat(typeof label === "string", label, "label", "a text");
}

/** Throws `invalid_argument` for anything but an array, typed or not. Its members are checked when they are read. */
export function requireList(values: ArrayLike<unknown>, name: string): void {
  requireThat(
    Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView)),
    values,
    name,
    "a list of numbers",
  );
}

/** Throws `invalid_argument` for anything that cannot be iterated. */
export function requireIterable(values: unknown, name: string): void {
  requireThat(
    typeof values === "object" && values !== null && Symbol.iterator in values,
    values,
    name,
    "numbers, one after the other",
  );
}

/** Throws `invalid_argument` for anything but an object with members. */
export function requireObject(value: unknown, name: string): void {
  requireThat(typeof value === "object" && value !== null && !Array.isArray(value), value, name, "an object");
}

/** Throws `not_finite` or `out_of_range` unless `low <= value <= high`. */
export function requireWithin(value: number, low: number, high: number, name: string): void {
  requireFinite(value, name);
  if (value >= low && value <= high) return;
  throw new StatsError(STATS_ERROR_CODES.outOfRange, `${name} is ${value}: expected a number in [${low}, ${high}]`);
}

/** Throws unless `value` is a whole number, at least `least`, that a double holds exactly. */
export function requireCount(value: number, name: string, least = 0): void {
  requireWithin(value, least, Number.MAX_SAFE_INTEGER, name);
  if (Number.isInteger(value)) return;
  throw new StatsError(STATS_ERROR_CODES.invalidArgument, `${name} is ${value}: expected a whole number`);
}

/** Throws unless `window` is a whole number in [1, 1e7]. */
export function requireWindow(window: number): void {
  requireWithin(window, 1, LONGEST_WINDOW, "window");
  requireCount(window, "window", 1);
}

/** Throws `invalid_probability` unless `p` is in [0, 1]. */
export function requireProbability(p: number, name: string): void {
  if (typeof p === "number" && p >= 0 && p <= 1) return;
  throw new StatsError(STATS_ERROR_CODES.invalidProbability, `${name} is ${show(p)}: expected a number in [0, 1]`);
}

/** Throws `invalid_probability` unless `p` is strictly between 0 and 1. */
export function requireOpenProbability(p: number, name: string): void {
  if (typeof p === "number" && p > 0 && p < 1) return;
  throw new StatsError(
    STATS_ERROR_CODES.invalidProbability,
    `${name} is ${show(p)}: expected a number strictly between 0 and 1`,
  );
}
