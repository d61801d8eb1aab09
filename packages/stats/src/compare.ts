/**
 * How far a value may be beyond its limit and still count as equal to it, as a share of the larger of the two.
 *
 * A limit is a decimal such as 0.05, and so are most values behind a statistic; a double holds neither exactly. A share
 * or a ratio has a relative error of 2e-16, a standard deviation of 10,000 confidences at most about 1e-11 (`Moments`).
 * 1e-10 is above all of that, and far below anything that matters: one answer more or less moves a share of a million
 * answers by 1e-6, and no policy writes a limit with ten digits.
 */
const ROUNDING = 1e-10;

/**
 * Whether a value is above its limit by more than rounding. A value that equals the limit in decimal is not.
 *
 * NaN or a non-number on either side counts as above: a limit must never look kept when it cannot be compared. A limit
 * of 0 has no tolerance.
 */
export function isAbove(value: number, limit: number): boolean {
  if (typeof value !== "number" || typeof limit !== "number") return true;
  return !(value <= limit || value - limit <= slack(value, limit));
}

/** Whether a value is below its limit by more than rounding; true if they cannot be compared. See `isAbove`. */
export function isBelow(value: number, limit: number): boolean {
  if (typeof value !== "number" || typeof limit !== "number") return true;
  return !(value >= limit || limit - value <= slack(value, limit));
}

/** 0 for an infinity, which equals only itself. */
function slack(value: number, limit: number): number {
  const size = Math.max(Math.abs(value), Math.abs(limit));
  return size === Infinity ? 0 : size * ROUNDING;
}
