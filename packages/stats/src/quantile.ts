import { requireFinite, requireIterable, requireList, requireProbability, requireWithin } from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";
import { interpolate } from "./interpolate.js";

/** Ascending copy of the values. Throws `not_finite` for a value that is not finite; the input is left alone. */
export function sortedCopy(values: Iterable<number>): Float64Array {
  requireIterable(values, "values");
  const copy: number[] = [];
  for (const value of values) {
    requireFinite(value, "value");
    copy.push(value);
  }
  return Float64Array.from(copy).sort();
}

/**
 * Quantile by linear interpolation between closest ranks: Hyndman & Fan 1996, type 7. Exact except for the last digit:
 * the rank is p (n - 1) in double arithmetic.
 *
 * @param sorted ascending values, as `sortedCopy` gives (checked only where it is read)
 * @param p in [0, 1]
 * @returns a value in [min, max], in units of the values; null for no values
 * @throws StatsError `invalid_probability`, `not_finite`, `invalid_argument` (not ascending)
 */
export function quantile(sorted: ArrayLike<number>, p: number): number | null {
  requireProbability(p, "p");
  requireList(sorted, "sorted");
  return sorted.length === 0 ? null : quantileAtRank(sorted, rankOf(p, sorted.length));
}

/**
 * Linear interpolation at a real-valued 0-based rank: rank 2.25 lies a quarter of the way from the
 * third smallest to the fourth. For worst cases, where unseen values shift the rank of a quantile.
 *
 * @param rank in [0, n - 1]
 * @returns null for no values, whatever the rank
 * @throws StatsError `out_of_range` for a rank beyond the values; else as `quantile`
 */
export function quantileAtRank(sorted: ArrayLike<number>, rank: number): number | null {
  requireFinite(rank, "rank");
  requireList(sorted, "sorted");
  if (sorted.length === 0) return null;
  requireWithin(rank, 0, sorted.length - 1, "rank");
  const position = Math.floor(rank);
  const low = valueAt(sorted, position);
  if (rank === position) return low;
  const high = valueAt(sorted, position + 1);
  if (low > high) {
    throw new StatsError(STATS_ERROR_CODES.invalidArgument, `${low} precedes ${high}: expected ascending values`);
  }
  return interpolate(low, high, rank - position);
}

/** The 0-based real rank of the type 7 p-quantile of n values. */
export function rankOf(p: number, n: number): number {
  return p * (n - 1);
}

/** The value at a valid index. Throws `not_finite` if it is not a number. */
export function valueAt(values: ArrayLike<number>, index: number): number {
  const value = values[index] ?? NaN;
  requireFinite(value, `value ${index}`);
  return value;
}
