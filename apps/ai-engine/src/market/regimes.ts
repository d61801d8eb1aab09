import type { Random } from "./random.js";

export type RegimeName = "trend-up" | "trend-down" | "range" | "turbulent";

/** How a market behaves for a while. Drift and reversion are in units of the volatility. */
export interface Regime {
  readonly name: RegimeName;
  /** Expected return of a tick. */
  readonly drift: number;
  /** Relative to the symbol's own volatility. */
  readonly volatility: number;
  /** How strongly the price is pulled back to its recent mean. */
  readonly reversion: number;
}

const REGIMES: readonly Regime[] = [
  { name: "trend-up", drift: 0.12, volatility: 1, reversion: 0 },
  { name: "trend-down", drift: -0.12, volatility: 1, reversion: 0 },
  { name: "range", drift: 0, volatility: 0.85, reversion: 0.2 },
  { name: "turbulent", drift: 0, volatility: 1.4, reversion: 0 },
];

/** Ticks that a regime lasts on average. */
const MEAN_DURATION = 40;

/**
 * A Markov chain of regimes, one per tick. A change goes to each of the others with equal probability, so in the long
 * run all are equally frequent.
 */
export function* regimes(random: Random): Generator<Regime, never> {
  let current = pick(REGIMES, random);
  while (true) {
    yield current;
    if (random.uniform() * MEAN_DURATION < 1) {
      const left = current;
      current = pick(
        REGIMES.filter((regime) => regime !== left),
        random,
      );
    }
  }
}

function pick(from: readonly Regime[], random: Random): Regime {
  const picked = from[Math.floor(random.uniform() * from.length)];
  if (picked === undefined) throw new Error("There is no regime to pick from");
  return picked;
}
