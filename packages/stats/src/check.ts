import { STATS_ERROR_CODES, StatsError } from "./errors.js";

/**
 * Largest |x| the moment accumulators take. Fourth powers of differences, summed over any
 * count a process can reach, then stay below the largest double: no sum can become infinite.
 */
export const MAX_MAGNITUDE = 1e70;

/** A window is held in memory: beyond this it is a mistake. */
const LONGEST_WINDOW = 10_000_000;

/** Throws `not_finite` for NaN, infinities and anything that is not a number. */
export function requireFinite(value: number, name: string): void {
  if (Number.isFinite(value)) return;
  throw new StatsError(STATS_ERROR_CODES.notFinite, `${name} is ${String(value)}: expected a finite number`);
}

/** Throws `not_finite` or `out_of_range` unless `low <= value <= high`. */
export function requireWithin(value: number, low: number, high: number, name: string): void {
  requireFinite(value, name);
  if (value >= low && value <= high) return;
  throw new StatsError(STATS_ERROR_CODES.outOfRange, `${name} is ${value}: expected a number in [${low}, ${high}]`);
}

/** Throws unless `value` is a whole number that a double counts exactly, from `least` on. */
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
  if (p >= 0 && p <= 1) return;
  throw new StatsError(STATS_ERROR_CODES.invalidProbability, `${name} is ${String(p)}: expected a number in [0, 1]`);
}

/** Throws `invalid_probability` unless `p` is strictly between 0 and 1. */
export function requireOpenProbability(p: number, name: string): void {
  if (p > 0 && p < 1) return;
  throw new StatsError(
    STATS_ERROR_CODES.invalidProbability,
    `${name} is ${String(p)}: expected a number strictly between 0 and 1`,
  );
}
