const HALF_LOG_TWO_PI = 0.9189385332046727;

/**
 * log(n!) minus Stirling's approximation (n + 1/2) log(n) - n + log(2 pi) / 2, for a whole n >= 1.
 * Absolute error below 1e-14. Kept apart from log(n!) itself, whose last place at n = 1e7 is already 3e-8:
 * a difference of such logarithms would lose eight digits.
 * Source: Loader 2000, "Fast and accurate computation of binomial probabilities".
 */
export function stirlingError(n: number): number {
  if (n < 16) return smallError(n);
  // The first term left out is 691 / (360360 n^11): 1e-16 at n = 16.
  const r = 1 / (n * n);
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - r / 1188) * r) * r) * r) / n;
}

/** Straight from the definition: factorials below 16! are exact doubles. */
function smallError(n: number): number {
  let factorial = 1;
  for (let i = 2; i <= n; i += 1) factorial *= i;
  return Math.log(factorial) - ((n + 0.5) * Math.log(n) - n + HALF_LOG_TWO_PI);
}
