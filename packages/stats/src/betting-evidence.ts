import { betsAgainst, type Bets } from "./bets.js";
import {
  requireCount,
  requireList,
  requireObject,
  requireOpenProbability,
  requireThat,
  requireWithin,
} from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";

/** All that a `BettingEvidence` is, as plain JSON. */
export interface BettingState {
  readonly allowed: number;
  /** Observations so far. */
  readonly n: number;
  /** Wealths and reserve are in units of exp(scale). */
  readonly scale: number;
  /** What is not staked yet. */
  readonly reserve: number;
  /** What each bet has. */
  readonly wealths: readonly number[];
}

/** What is staked before the first observation; the rest waits for faults that begin later. */
const FIRST_STAKE = 0.5;
/** A further stake is made every so many observations ... */
const STRIDE = 8;
/** ... of this part of what is left: on average half is left after six hours of one observation a second. */
const FURTHER_STAKE = 1 / 4096;
/** Wealths are rescaled beyond this. */
const LARGE = 1e120;

/**
 * Evidence against "the mean of each observation, given all before it, is at most `allowed`", for observations in
 * [0, 1]: the wealth of a gambler who stakes 1 and bets on more, at odds that would be fair at exactly that mean. It
 * may be looked at after each observation, for ever.
 *
 * Guarantee: if E[x_t | past] <= allowed_t at every t, the wealth is a nonnegative supermartingale that begins at 1, so
 * the probability that it ever reaches 1 / alpha is at most alpha (Ville 1939), whatever the dependence, the number of
 * looks and the rule for stopping. `allowed_t` may vary, as long as it is known before x_t. The assumption is about each
 * conditional mean: where a stream's share is allowed on the whole and exceeded for stretches, a stretch that is long enough
 * is found.
 *
 * A bet of fraction g multiplies its wealth by 1 + g (x - allowed) / allowed (Waudby-Smith & Ramdas 2024; for an
 * indicator the likelihood ratio of a share, Shafer 2021); 24 bets are a mixture (Robbins 1970). Half of the wealth is staked at once,
 * the rest bit by bit: a fault that begins late meets stakes that nothing was lost of. As with a prior over the time of
 * a change (Shiryaev 1963; Shin, Ramdas & Rinaldo 2022, section 2), but of total mass 1, so that the bound is on the
 * probability of any false alarm at all, not on their frequency. Costs log(8192) nats late in six hours, log(2) at once.
 *
 * O(1) time and memory. Wealths are kept relative to a common exponent, so that they never overflow; what underflows is lost,
 * which is on the safe side.
 */
export class BettingEvidence {
  readonly allowed: number;
  readonly #bets: Bets;
  readonly #wealths: Float64Array;
  #n = 0;
  #scale = 0;
  #reserve = 1 - FIRST_STAKE;
  #staked = FIRST_STAKE;

  /** @throws StatsError `invalid_probability` unless `allowed` is in (0, 1) */
  constructor(allowed: number) {
    requireOpenProbability(allowed, "allowed");
    this.allowed = allowed;
    this.#bets = betsAgainst(allowed);
    this.#wealths = this.#bets.weights.map((weight) => weight * FIRST_STAKE);
  }

  /** Goes on from a state: from there on all is as if it had never stopped. @throws StatsError for a state that cannot be one */
  static from(state: BettingState): BettingEvidence {
    requireObject(state, "state");
    const evidence = new BettingEvidence(state.allowed);
    evidence.#restore(state);
    return evidence;
  }

  get n(): number {
    return this.#n;
  }

  /** Natural logarithm of the wealth: 0 at the beginning, never NaN; -Infinity only where all is lost to underflow. */
  get logValue(): number {
    return this.#scale + Math.log(this.#staked + this.#reserve);
  }

  /** Whether `logValue` is at least so large: without a logarithm where little speaks for it. */
  reaches(log: number): boolean {
    requireThat(typeof log === "number" && !Number.isNaN(log), log, "log", "a number");
    if (log > 0 && this.#scale === 0 && this.#staked + this.#reserve <= 1) return false;
    return this.logValue >= log;
  }

  /**
   * Takes one observation.
   * @param x in [0, 1]; an indicator is 0 or 1
   * @param allowed its largest allowed mean, where that varies: in (0, 1), known before x
   * @param bets `cautious` bets the square of each fraction, chosen before x: fair as well, and right where even under a fault the mean
   *   is hardly above what is allowed now, unless the fault is nearly total
   * @throws StatsError `not_finite`, `out_of_range`, `invalid_probability`; nothing changes then
   */
  add(x: number, allowed: number = this.allowed, bets: "usual" | "cautious" = "usual"): void {
    requireWithin(x, 0, 1, "observation");
    requireOpenProbability(allowed, "allowed");
    const kind: string = bets;
    requireThat(kind === "usual" || kind === "cautious", kind, "bets", "usual or cautious");
    if (this.#n > 0 && this.#n % STRIDE === 0) this.#stake();
    this.#n += 1;
    const gain = (x - allowed) / allowed;
    const fractions = bets === "usual" ? this.#bets.fractions : this.#bets.squares;
    const wealths = this.#wealths;
    let staked = 0;
    for (let bet = 0; bet < wealths.length; bet += 1) {
      const wealth = (wealths[bet] ?? 0) * (1 + (fractions[bet] ?? 0) * gain);
      wealths[bet] = wealth;
      staked += wealth;
    }
    this.#staked = staked;
    if (staked > LARGE) this.#rescale();
  }

  state(): BettingState {
    return { allowed: this.allowed, n: this.#n, scale: this.#scale, reserve: this.#reserve, wealths: [...this.#wealths] };
  }

  #stake(): void {
    const stake = this.#reserve * FURTHER_STAKE;
    this.#reserve -= stake;
    for (let bet = 0; bet < this.#wealths.length; bet += 1) {
      this.#wealths[bet] = (this.#wealths[bet] ?? 0) + stake * (this.#bets.weights[bet] ?? 0);
    }
  }

  #rescale(): void {
    const unit = this.#staked;
    for (let bet = 0; bet < this.#wealths.length; bet += 1) this.#wealths[bet] = (this.#wealths[bet] ?? 0) / unit;
    this.#reserve /= unit;
    this.#staked = 1;
    this.#scale += Math.log(unit);
  }

  #restore({ n, scale, reserve, wealths }: BettingState): void {
    requireCount(n, "n");
    requireWithin(scale, 0, Number.MAX_VALUE, "scale");
    requireWithin(reserve, 0, 1, "reserve");
    requireList(wealths, "wealths");
    if (wealths.length !== this.#wealths.length) {
      throw new StatsError(STATS_ERROR_CODES.shapeMismatch, `${wealths.length} wealths: expected ${this.#wealths.length}`);
    }
    for (const wealth of wealths) requireWithin(wealth, 0, LARGE, "wealth");
    this.#wealths.set(wealths);
    this.#n = n;
    this.#scale = scale;
    this.#reserve = reserve;
    this.#staked = this.#wealths.reduce((sum, wealth) => sum + wealth, 0);
  }
}
