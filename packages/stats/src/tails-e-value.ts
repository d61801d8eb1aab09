import { requireCount, requireOpenProbability, requireWithin } from "./check.js";

/**
 * Bets against "a share of at least `tail` falls below, and one above", as logarithms of the weight and of what an
 * observation multiplies a wealth by.
 */
interface TailBets {
  readonly weights: Float64Array;
  readonly below: Float64Array;
  readonly between: Float64Array;
  readonly above: Float64Array;
}

/** Number of shares of one end to bet on besides none: they are equally spaced up to `tail` on the arcsine scale. */
const LEVELS = 4;
/** "None" is this part of `tail`, so that no bet ever loses everything. */
const AS_GOOD_AS_NONE = 1e-3;
/** The wealth for the bets that one end is empty: the alarm that must not be late. */
const ON_AN_EMPTY_END = 0.5;
/** The wealth for the bets that one end is lighter than allowed; the rest bets on both ends at once. */
const ON_A_LIGHT_END = 0.25;

const known = new Map<number, TailBets>();

/**
 * Evidence, after `below` and `above` of n observations, against "each falls below with probability at least `tail`,
 * and above with probability at least `tail`, given all before it": natural logarithm of a mixture of bets with all
 * staked at the beginning. As long as the claim holds, the probability that the value ever reaches 1 / alpha is at most
 * alpha, over all n at once (Ville 1939).
 *
 * A bet on one end is the likelihood ratio of a share f < tail there to `tail`; a bet on both that of (f, 1 - f - g, g)
 * to the corner (tail, 1 - 2 tail, tail) of what the claim allows. Neither has a mean above 1 at any of the claim's
 * three corners, nor so between them. A narrow middle needs both kinds: where both ends are light, the second gains
 * twice as much.
 *
 * Never grows with `below` or `above`.
 *
 * @throws StatsError `not_finite`, `out_of_range`, `invalid_argument`, `invalid_probability` unless `tail` is in (0,
 * 1/2)
 */
export function tailsLogEValue(below: number, above: number, n: number, tail: number): number {
  requireCount(n, "n");
  requireCount(below, "below");
  requireCount(above, "above");
  requireWithin(below + above, 0, n, "below and above together");
  const bets = betsOn(tail);
  const between = n - below - above;
  const logOf = (bet: number): number =>
    (bets.weights[bet] ?? 0) +
    below * (bets.below[bet] ?? 0) +
    between * (bets.between[bet] ?? 0) +
    above * (bets.above[bet] ?? 0);
  let largest = -Infinity;
  for (let bet = 0; bet < bets.weights.length; bet += 1) largest = Math.max(largest, logOf(bet));
  let sum = 0;
  for (let bet = 0; bet < bets.weights.length; bet += 1) sum += Math.exp(logOf(bet) - largest);
  return largest + Math.log(sum);
}

function betsOn(tail: number): TailBets {
  const found = known.get(tail);
  if (found !== undefined) return found;
  requireOpenProbability(typeof tail === "number" ? 2 * tail : tail, "twice the tail");
  const bets = makeBets(tail);
  // A caller with ever-changing tails must not fill the memory.
  if (known.size < 64) known.set(tail, bets);
  return bets;
}

function makeBets(tail: number): TailBets {
  const whole = Math.asin(Math.sqrt(tail));
  const shares = Array.from({ length: LEVELS }, (_, level) =>
    level === 0 ? tail * AS_GOOD_AS_NONE : Math.sin((whole * level) / LEVELS) ** 2,
  );
  const oneEnd = shares.flatMap((share, level) => {
    const weight = level === 0 ? ON_AN_EMPTY_END / 2 : ON_A_LIGHT_END / 2 / (LEVELS - 1);
    const [here, elsewhere] = [share / tail, (1 - share) / (1 - tail)];
    return [
      [weight, here, elsewhere, elsewhere],
      [weight, elsewhere, elsewhere, here],
    ];
  });
  const both = shares.flatMap((f) =>
    shares.map((g) => [
      (1 - ON_AN_EMPTY_END - ON_A_LIGHT_END) / LEVELS ** 2,
      f / tail,
      (1 - f - g) / (1 - 2 * tail),
      g / tail,
    ]),
  );
  const logs = (column: number): Float64Array =>
    Float64Array.from([...oneEnd, ...both], (bet) => Math.log(bet[column] ?? 0));
  return { weights: logs(0), below: logs(1), between: logs(2), above: logs(3) };
}
