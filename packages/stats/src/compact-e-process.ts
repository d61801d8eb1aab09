import { requireCount, requireList, requireOpenProbability, requireThat, requireWithin } from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";

/** The full state of a `CompactEProcess`, as plain JSON: short, as there may be thousands of them. */
export type CompactState = readonly [n: number, ...wealths: number[]];

/** The bets, as fractions of the wealth: for faults that show in most observations, and in nearly all. */
const FRACTIONS = [0.7, 0.98] as const;
/** The share staked before the first observation; the rest waits for faults that begin later. */
const FIRST_STAKE = 0.5;
/** After this number of observations half of the reserve is staked. */
const HALVED_AFTER = 256;
/** Wealth beyond this is given away, which is on the safe side. */
const LARGEST = 1e100;

/**
 * Evidence against "each observation, given all before it, is a case with probability at most `allowed`": the wager of
 * `BettingEProcess` with two bets in place of 24, for thousands of small streams at once. It may be checked after every
 * observation, indefinitely.
 *
 * Guarantee: if P(case at t | past) <= allowed_t at every t, the wealth is a nonnegative supermartingale that begins at
 * 1, so the probability that it ever reaches 1 / alpha is at most alpha (Ville 1939). `allowed_t` may vary, as long as
 * it is known before the observation.
 *
 * A bet of fraction g multiplies its wealth by 1 + g (1 - allowed) / allowed after a case, and by 1 - g after anything
 * else (Waudby-Smith & Ramdas 2024). Half is staked at once; of the rest, 256 / (256 + n) is left after n observations:
 * a prior over the time of a change (Shiryaev 1963) that falls as 1 / n^2 and never ends. A fault from the start costs
 * log(4) nats at most, one after n healthy observations log((256 + n)^2 / 64): 9 nats for 500, 17 for 50,000 and 23 for
 * a million.
 *
 * O(1) time and memory.
 */
export class CompactEProcess {
  readonly #wealths: number[] = FRACTIONS.map(() => FIRST_STAKE / FRACTIONS.length);
  #n = 0;
  /** Wealth not staked yet: of `n` alone, so that a state need not hold it. */
  #reserve = reserveAfter(0);

  /** Continues from a state exactly as if it had never stopped. @throws StatsError for an invalid state */
  static from(state: CompactState): CompactEProcess {
    requireList(state, "state");
    const [n, ...wealths] = state;
    requireCount(n, "n");
    if (wealths.length !== FRACTIONS.length)
      throw new StatsError(STATS_ERROR_CODES.shapeMismatch, `${wealths.length} wealths: expected ${FRACTIONS.length}`);
    for (const wealth of wealths) requireWithin(wealth, 0, LARGEST, "wealth");
    const evidence = new CompactEProcess();
    for (const [bet, wealth] of wealths.entries()) evidence.#wealths[bet] = wealth;
    evidence.#n = n;
    evidence.#reserve = reserveAfter(n);
    return evidence;
  }

  /** The wealth: 1 at the start, finite, never NaN. */
  get value(): number {
    return (this.#wealths[0] ?? 0) + (this.#wealths[1] ?? 0) + this.#reserve;
  }

  /**
   * Adds one observation.
   * @param allowed the largest allowed probability of a case, in (0, 1), known before the observation
   * @throws StatsError `invalid_argument`, `invalid_probability`; the state is then unchanged
   */
  add(isCase: boolean, allowed: number): void {
    const given: unknown = isCase;
    requireThat(typeof given === "boolean", given, "isCase", "true or false");
    requireOpenProbability(allowed, "allowed");
    const odds = (1 - allowed) / allowed;
    const stake = this.#reserve / (HALVED_AFTER + this.#n + 1) / FRACTIONS.length;
    for (let bet = 0; bet < FRACTIONS.length; bet += 1) {
      const fraction = FRACTIONS[bet] ?? 0;
      const wealth = (this.#wealths[bet] ?? 0) * (isCase ? 1 + fraction * odds : 1 - fraction);
      this.#wealths[bet] = Math.min(wealth + stake, LARGEST);
    }
    this.#n += 1;
    this.#reserve = reserveAfter(this.#n);
  }

  /** The full state, from which `from` continues. */
  state(): CompactState {
    return [this.#n, ...this.#wealths];
  }
}

function reserveAfter(n: number): number {
  return ((1 - FIRST_STAKE) * HALVED_AFTER) / (HALVED_AFTER + n);
}
