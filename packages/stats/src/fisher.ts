import { logBinomialProbability } from "./binomial.js";
import { requireCount, requireWithin } from "./check.js";

/** Largest number of trials for which the stated cost, O(sqrt(n + m)) steps, and accuracy hold. */
const MOST_TRIALS = 1e9;

/** Terms below this share of the sum cannot change it. */
const NEGLIGIBLE = 1e-18;

/** X successes among n trials, drawn from n + m trials of which `successes` succeed. */
interface Margins {
  readonly n: number;
  readonly m: number;
  readonly successes: number;
}

/**
 * One-sided p-value of Fisher's exact test that the rate a / n is greater than b / m: the probability, given all the
 * margins, of a or more of the a + b successes falling among the n. Source: Fisher 1935; hypergeometric terms as Loader
 * 2000, so that the relative error stays below 1e-9 for n and m up to 1e7; a p-value below 1e-308 is returned as 0.
 *
 * @param a successes of n trials
 * @param b successes of m trials
 * @returns in [0, 1]; null if n or m is 0, because a rate is then undefined
 * @throws StatsError `not_finite`, `out_of_range` (a > n, b > m, or over 1e9 trials), `invalid_argument`
 */
export function fisherExactGreater(a: number, n: number, b: number, m: number): number | null {
  requireTrials(a, "a", n, "n");
  requireTrials(b, "b", m, "m");
  if (n === 0 || m === 0) return null;
  const margins = { n, m, successes: a + b };
  if (a <= Math.max(0, margins.successes - m)) return 1;
  // The tail away from the mean is short; the other would lose digits or take n steps.
  const mean = (n * margins.successes) / (n + m);
  return Math.min(1, a > mean ? upperTail(a, margins) : 1 - lowerTail(a - 1, margins));
}

function requireTrials(count: number, countName: string, trials: number, trialsName: string): void {
  requireCount(trials, trialsName);
  requireCount(count, countName);
  requireWithin(trials, 0, MOST_TRIALS, trialsName);
  requireWithin(count, 0, trials, countName);
}

/** P(X >= x) for x above the mean. */
function upperTail(x: number, margins: Margins): number {
  const { n, m, successes } = margins;
  let term = probability(x, margins);
  let sum = term;
  for (let k = x; term > sum * NEGLIGIBLE; k += 1) {
    term *= ((successes - k) * (n - k)) / ((k + 1) * (m - successes + k + 1));
    sum += term;
  }
  return sum;
}

/** P(X <= x) for x below the mean. */
function lowerTail(x: number, margins: Margins): number {
  const { n, m, successes } = margins;
  let term = probability(x, margins);
  let sum = term;
  for (let k = x; term > sum * NEGLIGIBLE; k -= 1) {
    term *= (k * (m - successes + k)) / ((successes - k + 1) * (n - k + 1));
    sum += term;
  }
  return sum;
}

/** P(X = x): the ratio of three binomial probabilities, whatever their common rate; n / (n + m) keeps them large. */
function probability(x: number, { n, m, successes }: Margins): number {
  const total = n + m;
  const p = n / total;
  const q = m / total;
  const inside = logBinomialProbability(x, successes, p, q);
  const outside = logBinomialProbability(n - x, total - successes, p, q);
  return Math.exp(inside + outside - logBinomialProbability(n, total, p, q));
}
