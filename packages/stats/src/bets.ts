/**
 * Bets against "at most a share `allowed`", each a fraction of the most that can be lost, and how wealth is split over
 * them.
 */
export interface Bets {
  /** Ascending, in (0, 1]: the last bets everything. */
  readonly fractions: Float64Array;
  /** Their squares: the last still bets everything, the smallest almost nothing. */
  readonly squares: Float64Array;
  /** Sum to 1. */
  readonly weights: Float64Array;
  /**
   * Logarithms of the weights and of the factors that a hit and a miss apply to a wealth; the last bet's miss is
   * -Infinity.
   */
  readonly logWeights: Float64Array;
  readonly logHits: Float64Array;
  readonly logMisses: Float64Array;
}

const COUNT = 24;
/** The weight of the bet on a total fault: the alarm that must not be late. */
const LAST_WEIGHT = 0.25;
/** The nearest alternative, as a distance on the arcsine scale: detectable within about 20,000 observations. */
const NEAREST = 0.016;

const known = new Map<number, Bets>();

/**
 * The mixture of bets for an allowed share in (0, 1). A bet of fraction g is the likelihood ratio of the share q =
 * allowed + g (1 - allowed); the q lie in geometric progression away from `allowed` on the arcsine scale, where equal
 * distances need the same number of observations, so that every alternative is close to a bet that fits it (Robbins
 * 1970).
 */
export function betsAgainst(allowed: number): Bets {
  const found = known.get(allowed);
  if (found !== undefined) return found;
  const bets = makeBets(allowed);
  // A caller with ever-changing limits must not fill the memory.
  if (known.size < 256) known.set(allowed, bets);
  return bets;
}

function makeBets(allowed: number): Bets {
  const start = Math.asin(Math.sqrt(allowed));
  const span = Math.PI / 2 - start;
  const nearest = Math.min(NEAREST, span / 10);
  const growth = (span / nearest) ** (1 / (COUNT - 1));
  const fractions = Float64Array.from({ length: COUNT }, (_, index) => {
    if (index === COUNT - 1) return 1;
    const share = Math.sin(start + nearest * growth ** index) ** 2;
    return (share - allowed) / (1 - allowed);
  });
  const weights = new Float64Array(COUNT).fill((1 - LAST_WEIGHT) / (COUNT - 1));
  weights[COUNT - 1] = LAST_WEIGHT;
  const odds = (1 - allowed) / allowed;
  return {
    fractions,
    squares: fractions.map((fraction) => fraction ** 2),
    weights,
    logWeights: weights.map(Math.log),
    logHits: fractions.map((fraction) => Math.log1p(fraction * odds)),
    logMisses: fractions.map((fraction) => Math.log1p(-fraction)),
  };
}
