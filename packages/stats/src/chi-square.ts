import { requireCount, requireOpenProbability, requireWithin } from "./check.js";

/** Halvings of the interval: more than the precision of a double. */
const STEPS = 200;
/** Limit for terms of a series and steps of a fraction: both converge long before. */
const MOST_TERMS = 100_000;

/**
 * P(X > x) for a chi-square variable: the chance that a sum of `degrees` squares of standard normals is larger. By the
 * series of the incomplete gamma function below its mean, by Lentz's continued fraction above it (Press et al. 2007,
 * 6.2). Relative error below 1e-12 up to 10,000 degrees, as far as a double holds the result.
 *
 * @param x >= 0; for Infinity the result is 0
 * @param degrees of freedom, a whole number >= 1
 * @throws StatsError `not_finite`, `out_of_range`, `invalid_argument`
 */
export function chiSquareTail(x: number, degrees: number): number {
  requireCount(degrees, "degrees", 1);
  if (x === Infinity) return 0;
  requireWithin(x, 0, Number.MAX_VALUE, "x");
  if (x === 0) return 1;
  const a = degrees / 2;
  const half = x / 2;
  return half < a + 1 ? Math.max(0, 1 - lowerSeries(a, half)) : upperFraction(a, half);
}

/**
 * The x that a chi-square variable exceeds with probability `risk`: its upper quantile.
 *
 * @param degrees of freedom, a whole number >= 1
 * @throws StatsError `invalid_probability`, `not_finite`, `out_of_range`, `invalid_argument`
 */
export function chiSquareQuantile(risk: number, degrees: number): number {
  requireOpenProbability(risk, "risk");
  let high = degrees + 1;
  while (chiSquareTail(high, degrees) > risk) high *= 2;
  let low = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (chiSquareTail(middle, degrees) > risk) low = middle;
    else high = middle;
  }
  return high;
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k < MOST_TERMS && term > sum * 1e-17; k += 1) {
    term *= x / (a + k);
    sum += term;
  }
  return sum * density(a, x);
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = Number.MAX_VALUE;
  let d = 1 / b;
  let product = d;
  for (let k = 1; k < MOST_TERMS; k += 1) {
    const step = k * (a - k);
    b += 2;
    d = 1 / (step * d + b);
    c = b + step / c;
    const factor = c * d;
    product *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return product * density(a, x);
}

/** x^a e^-x / Gamma(a), for a whole or half a. */
function density(a: number, x: number): number {
  return Math.exp(a * Math.log(x) - x - logGamma(a));
}

/** log Gamma(a) of a whole or half a, as a product starting from Gamma(1) = 1 or Gamma(1/2) = sqrt(pi). */
function logGamma(a: number): number {
  let at = Number.isInteger(a) ? 1 : 0.5;
  let product = at === 1 ? 1 : Math.sqrt(Math.PI);
  let sum = 0;
  for (; at < a; at += 1) {
    product *= at;
    if (product > 1e200) {
      sum += Math.log(product);
      product = 1;
    }
  }
  return sum + Math.log(product);
}
