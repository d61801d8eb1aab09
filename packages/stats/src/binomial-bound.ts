import { logBinomialProbability } from "./binomial.js";
import { requireCount, requireOpenProbability, requireWithin } from "./check.js";

/** Halvings of the interval: more than the precision of a double. */
const STEPS = 60;

/**
 * The largest rate that k successes in n trials do not refute: the exact upper confidence bound (Clopper & Pearson
 * 1934). For independent trials of any one rate, it is below the rate with probability at most `risk`.
 *
 * @returns in (k / n, 1], rounded upwards; 1 for k = n and for no trials
 * @throws StatsError `not_finite`, `out_of_range`, `invalid_argument`, `invalid_probability`
 */
export function binomialUpperBound(k: number, n: number, risk: number): number {
  requireCount(n, "n");
  requireCount(k, "k");
  requireWithin(k, 0, n, "k");
  requireOpenProbability(risk, "risk");
  if (k === n) return 1;
  let low = k / n;
  let high = 1;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (middle >= 1) break;
    if (lowerTail(k, n, middle) > risk) low = middle;
    else high = middle;
  }
  return high;
}

/** P(B <= k) for a rate above k / n: the terms fall from k downwards. */
function lowerTail(k: number, n: number, rate: number): number {
  let term = Math.exp(logBinomialProbability(k, n, rate, 1 - rate));
  let sum = term;
  for (let below = k; below > 0 && term > sum * 1e-17; below -= 1) {
    term *= (below * (1 - rate)) / ((n - below + 1) * rate);
    sum += term;
  }
  return sum;
}
