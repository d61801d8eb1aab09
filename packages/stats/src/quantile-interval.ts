import { logBinomialProbability } from "./binomial.js";
import { requireList, requireOpenProbability, requireProbability } from "./check.js";
import type { Interval } from "./intervals.js";
import { rankOf, valueAt } from "./quantile.js";

/** An interval for a population quantile. */
export interface QuantileInterval extends Interval {
  /** Whether the coverage reaches the confidence; if not, the ends are the smallest and largest value. */
  readonly attained: boolean;
}

/** Relative allowance for rounding in sums of probabilities: coverage must not be lost to it. */
const ROUNDING = 1e-9;

/**
 * Distribution-free interval for the population p-quantile from two order statistics: with B ~
 * Binomial(n, p) values at or below the quantile, [x(l), x(u)] covers it with probability at
 * least P(l <= B <= u - 1) (David & Nagaraja 2003, section 7.1). For independent values of any
 * distribution the coverage is at least `confidence` where `attained` says so. Always contains
 * the type 7 sample quantile. The tails are equal where n allows, else the short one goes to the end.
 *
 * @param sorted ascending values
 * @returns null for no values
 * @throws StatsError `invalid_probability`, `not_finite`
 */
export function quantileInterval(sorted: ArrayLike<number>, p: number, confidence = 0.95): QuantileInterval | null {
  requireProbability(p, "p");
  requireOpenProbability(confidence, "confidence");
  requireList(sorted, "sorted");
  const n = sorted.length;
  if (n === 0) return null;
  const risk = 1 - confidence;
  const leastBelow = Math.exp(n * Math.log1p(-p));
  const leastAbove = p === 0 ? 0 : Math.exp(n * Math.log(p));
  if (leastBelow + leastAbove > risk * (1 - ROUNDING)) {
    return { low: valueAt(sorted, 0), high: valueAt(sorted, n - 1), attained: false };
  }
  const below = Math.max(leastBelow, Math.min(risk / 2, risk - leastAbove));
  const rank = rankOf(p, n);
  const low = Math.min(lowerOrder(n, p, below), Math.floor(rank) + 1);
  const high = Math.max(n + 1 - lowerOrder(n, 1 - p, risk - below), Math.ceil(rank) + 1);
  return { low: valueAt(sorted, low - 1), high: valueAt(sorted, high - 1), attained: true };
}

/** Largest l in [1, n] with P(B <= l - 1) <= budget, given that l = 1 satisfies it. Takes O(sqrt n) steps. */
function lowerOrder(n: number, p: number, budget: number): number {
  const odds = p / (1 - p);
  let k = Math.min(n, Math.floor((n + 1) * p));
  let term = Math.exp(logBinomialProbability(k, n, p, 1 - p));
  for (; k > 0 && term > budget * 1e-18; k -= 1) term *= k / ((n - k + 1) * odds);
  let cumulative = term * (1 + ROUNDING);
  while (cumulative <= budget && k < n) {
    term *= ((n - k) * odds) / (k + 1);
    cumulative += term * (1 + ROUNDING);
    k += 1;
  }
  return Math.max(1, k);
}
