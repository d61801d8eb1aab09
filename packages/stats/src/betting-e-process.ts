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

/** The full state of a `BettingEProcess`, as plain JSON. */
export interface BettingState {
  readonly allowed: number;
  /** Observations so far. */
  readonly n: number;
  /** Wealths and reserve are in units of exp(scale). */
  readonly scale: number;
  /** Wealth not staked yet. */
  readonly reserve: number;
  /** The wealth of each bet. */
  readonly wealths: readonly number[];
}

/** The share staked before the first observation; the rest waits for faults that begin later. */
const FIRST_STAKE = 0.5;
/** A further stake is made after this number of observations ... */
const STRIDE = 8;
/** ... of this part of the reserve: on average half of it remains after six hours at one observation per second. */
const FURTHER_STAKE = 1 / 4096;
/** Wealths are rescaled beyond this. */
const LARGE = 1e120;

/**
 * Evidence against "the mean of each observation, given all before it, is at most `allowed`", for observations in [0,
 * 1]: the wealth of a gambler who stakes 1 and bets on more, at odds that would be fair at exactly that mean. It may be
 * checked after every observation, indefinitely.
 *
 * Guarantee: if E[x_t | past] <= allowed_t at every t, the wealth is a nonnegative supermartingale that begins at 1, so
 * the probability that it ever reaches 1 / alpha is at most alpha (Ville 1939), whatever the dependence, the number of
 * looks and the rule for stopping. `allowed_t` may vary, as long as it is known before x_t. The assumption is about
 * each conditional mean: if a stream keeps its share on the whole but exceeds it for stretches, a long enough stretch
 * raises an alarm.
 *
 * A bet of fraction g multiplies its wealth by 1 + g (x - allowed) / allowed (Waudby-Smith & Ramdas 2024; for an
 * indicator the likelihood ratio of a share, Shafer 2021); 24 bets are a mixture (Robbins 1970). Half of the wealth is
 * staked at once, the rest bit by bit: a fault that begins late meets stakes that have not lost anything. As with a
 * prior over the time of a change (Shiryaev 1963; Shin, Ramdas & Rinaldo 2022, section 2), but of total mass 1, so that
 * the bound is on the probability of any false alarm at all, not on their frequency. Costs log(8192) nats late in six
 * hours, log(2) at once.
 *
 * O(1) time and memory. Wealths are kept relative to a common exponent, so that they never overflow; what underflows is
 * lost, which is on the safe side.
 */
export class BettingEProcess {
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

  /**
   * Continues from a state exactly as if it had never stopped.
   * @throws StatsError for an invalid state
   */
  static from(state: BettingState): BettingEProcess {
    requireObject(state, "state");
    const evidence = new BettingEProcess(state.allowed);
    evidence.#restore(state);
    return evidence;
  }

  /** Observations so far. */
  get n(): number {
    return this.#n;
  }

  /** Natural logarithm of the wealth: 0 at the start, never NaN; -Infinity only if all is lost to underflow. */
  get logValue(): number {
    return this.#scale + Math.log(this.#staked + this.#reserve);
  }

  /** Whether `logValue` reaches a threshold; avoids computing the logarithm when it is clearly below. */
  reaches(log: number): boolean {
    requireThat(typeof log === "number" && !Number.isNaN(log), log, "log", "a number");
    if (log > 0 && this.#scale === 0 && this.#staked + this.#reserve <= 1) return false;
    return this.logValue >= log;
  }

  /**
   * Adds one observation.
   * @param x in [0, 1]; an indicator is 0 or 1
   * @param allowed its largest allowed mean, if that varies: in (0, 1), known before x
   * @param bets `cautious` bets the square of each fraction, chosen before x: also fair, and suitable if even under a
   * fault the mean is hardly above what is allowed now, unless the fault is nearly total
   * @throws StatsError `not_finite`, `out_of_range`, `invalid_probability`; the state is then unchanged
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

  /** The full state, from which `from` continues. */
  state(): BettingState {
    return {
      allowed: this.allowed,
      n: this.#n,
      scale: this.#scale,
      reserve: this.#reserve,
      wealths: [...this.#wealths],
    };
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
      throw new StatsError(
        STATS_ERROR_CODES.shapeMismatch,
        `${wealths.length} wealths: expected ${this.#wealths.length}`,
      );
    }
    for (const wealth of wealths) requireWithin(wealth, 0, LARGE, "wealth");
    this.#wealths.set(wealths);
    this.#n = n;
    this.#scale = scale;
    this.#reserve = reserve;
    this.#staked = this.#wealths.reduce((sum, wealth) => sum + wealth, 0);
  }
}
