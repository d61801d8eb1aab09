import { requireCount, requireList, requireObject, requireOpenProbability, requireWithin } from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";
import { NarrowValues } from "./narrow-values.js";

/** All that a `RangeEvidence` is, as plain JSON. */
export interface RangeState {
  readonly limit: number;
  readonly tail: number;
  readonly n: number;
  /** The newest observations, oldest first: at most 1,024. */
  readonly recent: readonly number[];
  readonly logValue: number;
}

/** The longest stretch that is looked at. */
const MEMORY = 1024;
/** A stretch begins at every multiple of this. */
const STRIDE = 32;
/** Looks at the stretches that end now are taken so often ... */
const EVERY = 8;
/** ... at those longer than this only with every stride, and of them only at each fourth beginning. */
const SHORT = 512;
/** Each stretch but the first has this weight, halved after each so many; the first has a half. All sum up to 1. */
const HALF_LIFE = 512;
/** A stretch is looked at only where its newest values are about as near together. */
const GLANCE = 48;
const GLANCE_TAIL = 5;
const GLANCE_SLACK = 1.05;

/**
 * Evidence against "the (1 - tail)-quantile is at least `limit` above the tail-quantile", for observations in [0, 1], begun anew
 * every 32 observations, so that a fault that begins late is found as well.
 *
 * Guarantee: for observations that have, given all before, the same two quantiles at least `limit` apart, the probability that
 * the value ever reaches 1 / alpha is at most alpha. For then, with the tail-quantile at a, a share `tail` of the values lies at or below a, and
 * one at or above a + limit: that is what `tailsEvidence` is against. Where a lies is not known, so the value is the least over all a, which
 * is no more than that of the true one (universal inference; Wasserman, Ramdas & Balakrishnan 2020), weighted by a prior over the
 * beginnings (of mass 1: a union bound over all stretches); its inverse is an anytime-valid p-value.
 *
 * That little may lie at one end only, with a tenth at the other, is no slackness: nine tenths at one point and a tenth far above have
 * a wide range. So no answer gains more than log(1 / (1 - tail)).
 *
 * O(1) memory; O(1) time where the values are not near together, else some tens of microseconds for every eighth. What begins
 * more than 1,024 observations ago is forgotten.
 */
export class RangeEvidence {
  readonly limit: number;
  readonly tail: number;
  readonly #ring = new Float64Array(MEMORY);
  readonly #values: NarrowValues;
  readonly #newest = new Float64Array(GLANCE);
  #n = 0;
  #logValue = 0;

  /** @throws StatsError unless `limit` is in (0, 1) and `tail` in (0, 1/2) */
  constructor(limit: number, tail = 0.1) {
    requireOpenProbability(limit, "limit");
    requireOpenProbability(typeof tail === "number" ? 2 * tail : tail, "twice the tail");
    this.limit = limit;
    this.tail = tail;
    this.#values = new NarrowValues(limit, tail);
  }

  /** Goes on from a state: from there on all is as if it had never stopped. @throws StatsError for a state that cannot be one */
  static from(state: RangeState): RangeEvidence {
    requireObject(state, "state");
    const { limit, tail, n, recent, logValue } = state;
    requireList(recent, "recent");
    requireOpenProbability(tail, "tail");
    const evidence = new RangeEvidence(limit, tail);
    requireCount(n, "n");
    requireWithin(logValue, -Number.MAX_VALUE, Number.MAX_VALUE, "logValue");
    if (recent.length !== Math.min(n, MEMORY)) {
      throw new StatsError(STATS_ERROR_CODES.shapeMismatch, `${recent.length} recent observations of ${n}: expected ${Math.min(n, MEMORY)}`);
    }
    for (const [index, x] of recent.entries()) {
      requireWithin(x, 0, 1, "observation");
      evidence.#ring[(n - recent.length + index) % MEMORY] = x;
    }
    evidence.#n = n;
    evidence.#logValue = logValue;
    return evidence;
  }

  get n(): number {
    return this.#n;
  }

  /** Natural logarithm of the value at the latest look; 0 where nothing speaks for a narrow range. */
  get logValue(): number {
    return this.#logValue;
  }

  /** Takes one observation. @throws StatsError `not_finite`, or `out_of_range` beyond [0, 1]; nothing changes then */
  add(x: number): void {
    requireWithin(x, 0, 1, "observation");
    this.#ring[this.#n % MEMORY] = x;
    this.#n += 1;
    if (this.#n % EVERY === 0) this.#logValue = this.#isNear() ? this.#look() : 0;
  }

  state(): RangeState {
    const kept = Math.min(this.#n, MEMORY);
    const recent = Array.from({ length: kept }, (_, index) => this.#ring[(this.#n - kept + index) % MEMORY] ?? 0);
    return { limit: this.limit, tail: this.tail, n: this.#n, recent, logValue: this.#logValue };
  }

  /** When to look is free to choose: looking less often only adds to the guarantee. */
  #isNear(): boolean {
    if (this.#n < GLANCE) return false;
    const newest = this.#newest;
    for (let steps = 0; steps < GLANCE; steps += 1) newest[steps] = this.#back(steps);
    newest.sort();
    return (newest[GLANCE - 1 - GLANCE_TAIL] ?? 1) - (newest[GLANCE_TAIL] ?? 0) < GLANCE_SLACK * this.limit;
  }

  /** The value of the best stretch that ends now; 0 where none speaks for a narrow range. */
  #look(): number {
    const values = this.#values;
    const longest = Math.min(this.#n, this.#n % STRIDE === 0 ? MEMORY : SHORT);
    values.clear();
    for (let steps = 0; steps < longest; steps += 1) values.add(this.#back(steps));
    let best = 0;
    // From the longest: once the best is found, a glance at each of the others is enough.
    for (let length = longest; length >= 1; length -= 1) {
      const begins = this.#n - length;
      if (begins % (length > SHORT ? 4 * STRIDE : STRIDE) === 0) {
        const logWeight = Math.log(weightOf(begins / STRIDE));
        best = Math.max(best, logWeight + values.evidence(best - logWeight));
      }
      values.remove(this.#back(length - 1));
    }
    return best;
  }

  /** The observation so many before the newest. */
  #back(steps: number): number {
    return this.#ring[(this.#n - 1 - steps) % MEMORY] ?? 0;
  }
}

/** The prior mass of the stretch that begins with the stride of this number. */
function weightOf(number: number): number {
  if (number === 0) return 0.5;
  const epoch = Math.floor((number - 1) / HALF_LIFE);
  return 0.25 / HALF_LIFE / 2 ** epoch;
}
