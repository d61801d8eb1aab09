import { betsAgainst } from "./bets.js";
import { requireCount, requireList, requireOpenProbability, requireWithin } from "./check.js";
import type { Interval } from "./intervals.js";
import { valueAt } from "./quantile.js";

/**
 * Evidence, after `hits` of n observations, against "each is a hit with probability at most `allowed`, given all before
 * it": natural logarithm of a mixture of likelihood ratios (Robbins 1970). The closed form of the bets of
 * `BettingEProcess` with all staked at the beginning, and with the same guarantee over all n at once.
 *
 * @throws StatsError `not_finite`, `out_of_range`, `invalid_argument`, `invalid_probability`
 */
export function shareLogEValue(hits: number, n: number, allowed: number): number {
  requireCount(n, "n");
  requireCount(hits, "hits");
  requireWithin(hits, 0, n, "hits");
  requireOpenProbability(allowed, "allowed");
  const { logWeights, logHits, logMisses } = betsAgainst(allowed);
  const misses = n - hits;
  const logOf = (bet: number): number => {
    const lost = misses === 0 ? 0 : misses * (logMisses[bet] ?? 0);
    return (logWeights[bet] ?? 0) + hits * (logHits[bet] ?? 0) + lost;
  };
  let largest = -Infinity;
  for (let bet = 0; bet < logWeights.length; bet += 1) largest = Math.max(largest, logOf(bet));
  let sum = 0;
  for (let bet = 0; bet < logWeights.length; bet += 1) sum += Math.exp(logOf(bet) - largest);
  return largest + Math.log(sum);
}

/**
 * Confidence sequence for a population quantile: with probability at least 1 - alpha, the intervals after every
 * observation all contain the quantile, no matter how often it is checked (Howard & Ramdas 2022; here from the mixture
 * `shareLogEValue` of each side). Requires that each observation has the same quantile given the past; any distribution
 * will do.
 *
 * @param sorted all observations so far, ascending
 * @param p in (0, 1)
 * @returns an end is null if nothing bounds it yet; null for no values
 * @throws StatsError `invalid_probability`, `not_finite`
 */
export function quantileSequence(
  sorted: ArrayLike<number>,
  p: number,
  alpha: number,
): { readonly [End in keyof Interval]: number | null } | null {
  requireOpenProbability(p, "p");
  requireOpenProbability(alpha, "alpha");
  requireList(sorted, "sorted");
  const n = sorted.length;
  if (n === 0) return null;
  const needed = Math.log(2 / alpha);
  // The largest number of values at or below a point for which the data refute that it is above the quantile.
  const below = fewestHits(n, 1 - p, needed);
  const above = fewestHits(n, p, needed);
  return {
    low: below === null ? null : valueAt(sorted, n - below),
    high: above === null ? null : valueAt(sorted, above - 1),
  };
}

/** The fewest hits of n that are enough evidence; null if even n are not. */
function fewestHits(n: number, allowed: number, needed: number): number | null {
  if (shareLogEValue(n, n, allowed) < needed) return null;
  let low = Math.floor(n * allowed);
  let high = n;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (shareLogEValue(middle, n, allowed) >= needed) high = middle;
    else low = middle;
  }
  return high;
}
