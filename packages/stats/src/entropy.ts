import { requireCount, requireIterable, requireWithin } from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";

/**
 * Shannon entropy of the distribution that `counts` describe, divided by log(categories): 0 if everything is in one
 * category, 1 if all are equally frequent. Independent of the order of `counts` to the last bit. Source: Shannon 1948.
 *
 * @param counts occurrences or weights of each category: finite, >= 0
 * @param categories how many categories are possible; defaults to the number of counts
 * @returns a number in [0, 1]; null when the counts sum to 0; 0 when only one category is possible
 * @throws StatsError `not_finite`, `out_of_range` for a bad count; `shape_mismatch` when more categories occur than
 * `categories` allows
 */
export function normalizedEntropy(counts: Iterable<number>, categories?: number): number | null {
  requireIterable(counts, "counts");
  const given = [...counts];
  for (const count of given) requireWithin(count, 0, Number.MAX_VALUE, "count");
  if (categories !== undefined) requireCount(categories, "categories", 1);
  const possible = categories ?? given.length;
  const occurring = given.filter((count) => count > 0).sort((a, b) => a - b);
  if (occurring.length > possible) {
    const expected = `expected at least the ${occurring.length} that occur`;
    throw new StatsError(STATS_ERROR_CODES.shapeMismatch, `categories is ${possible}: ${expected}`);
  }
  if (occurring.length === 0) return null;
  if (occurring.length === 1) return 0;
  return Math.min(1, entropy(occurring) / Math.log(possible));
}

/** In nats; the weights ascending and positive. */
function entropy(ascending: readonly number[]): number {
  // Relative to the largest, so that the total cannot overflow.
  const largest = ascending.at(-1) ?? 1;
  const total = ascending.reduce((sum, weight) => sum + weight / largest, 0);
  let nats = 0;
  for (const weight of ascending) {
    const share = weight / largest / total;
    if (share > 0) nats -= share * Math.log(share);
  }
  return Math.max(0, nats);
}
