import { STATS_ERROR_CODES, StatsError } from "./errors.js";
import { requireWithin } from "./check.js";

/** Throws `shape_mismatch` unless both have the same number of bins. */
export function requireSameBins(reference: ArrayLike<number>, actual: ArrayLike<number>): void {
  if (actual.length === reference.length) return;
  const text = `actual has ${actual.length} bins: expected ${reference.length} as in reference`;
  throw new StatsError(STATS_ERROR_CODES.shapeMismatch, text);
}

/** The sum of the counts of a histogram. Throws `not_finite`, `out_of_range`, and `invalid_argument` for a fraction. */
export function totalOf(counts: ArrayLike<number>, name: string): number {
  let total = 0;
  for (const count of Array.from(counts)) {
    requireWithin(count, 0, Number.MAX_SAFE_INTEGER, `${name} count`);
    if (!Number.isInteger(count)) {
      const wanted = "expected how many values are in the bin; multiply shares by the number of values";
      throw new StatsError(STATS_ERROR_CODES.invalidArgument, `${name} count is ${count}: ${wanted}`);
    }
    total += count;
  }
  return total;
}
