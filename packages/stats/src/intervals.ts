import { requireCount, requireThat, requireWithin } from "./check.js";
import { Moments } from "./moments.js";
import { twoSidedZ } from "./normal.js";

/** A two-sided confidence interval, low <= high, in units of the statistic. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Score interval for a rate from `successes` of `n` trials. Source: Wilson 1927. Within [0, 1], contains successes / n;
 * low is exactly 0 for no successes, and high is exactly 1 if all trials succeed. Assumes independent trials; the
 * coverage is close to `confidence` on average, not for every rate.
 *
 * @returns null for n = 0
 * @throws StatsError `not_finite`, `out_of_range`, `invalid_argument` unless both are whole and 0 <= successes <= n;
 * `invalid_probability`
 */
export function wilsonInterval(successes: number, n: number, confidence = 0.95): Interval | null {
  requireCount(n, "n");
  requireCount(successes, "successes");
  requireWithin(successes, 0, n, "successes");
  const z = twoSidedZ(confidence);
  if (n === 0) return null;
  const rate = successes / n;
  // Both roots of (n + z^2) p^2 - (2 s + z^2) p + s^2 / n, the smaller one without cancellation.
  const root = z * Math.sqrt(z * z + 4 * successes * ((n - successes) / n));
  const half = (2 * successes + z * z + root) / 2;
  const low = (successes * rate) / half;
  const high = half / (n + z * z);
  // Rounding may not move an end across the rate, nor beyond 1.
  return { low: Math.min(low, rate), high: Math.min(1, Math.max(high, rate)) };
}

/**
 * Interval for the population standard deviation s, no normal distribution assumed: s plus or minus z
 * standard errors, the error by the delta method from the variance of a sample variance,
 * s^4 (kurtosis - (n - 3) / (n - 1)) / n (Mood, Graybill & Boes 1974, chapter VI), low clamped at 0.
 *
 * An approximation for independent values: first order in 1 / n, with the sample's kurtosis for the
 * true one. Heavy tails at small n make it too narrow.
 *
 * @returns null for n < 2 and for constant values, which have no kurtosis to judge by
 * @throws StatsError `invalid_probability`
 */
export function stdInterval(moments: Moments, confidence = 0.95): Interval | null {
  const z = twoSidedZ(confidence);
  requireThat(moments instanceof Moments, moments, "moments", "Moments");
  const { n, std, kurtosis } = moments;
  if (n < 2 || std === null || kurtosis === null) return null;
  const spread = Math.max(0, kurtosis - 1) + 2 / (n - 1);
  const margin = (z * std * Math.sqrt(spread / n)) / 2;
  return { low: Math.max(0, std - margin), high: std + margin };
}
