import { requireCount, requireList, requireObject, requireOpenProbability, requireWithin } from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";
import { NarrowValues } from "./narrow-values.js";

/** The full state of a `RangeEProcess`, as plain JSON. */
export interface RangeState {
  readonly limit: number;
  readonly tail: number;
  readonly n: number;
  /** The newest observations, oldest first: at most 1,024. */
  readonly recent: readonly number[];
  readonly logValue: number;
}

/** The longest stretch that is checked. */
const MEMORY = 1024;
/** A stretch begins at every multiple of this. */
const STRIDE = 32;
/** How often the stretches that end now are checked ... */
const EVERY = 8;
/** ... those longer than this only at every stride, and only every fourth beginning of them. */
const SHORT = 512;
/**
 * The weight of each stretch but the first, halved after each group of this size; the first has one half. All sum to 1.
 */
const HALF_LIFE = 512;
/** A stretch is checked only if its newest values are about this close together. */
const GLANCE = 48;
const GLANCE_TAIL = 5;
const GLANCE_SLACK = 1.05;

/**
 * Evidence against "the (1 - tail)-quantile is at least `limit` above the tail-quantile", for observations in [0, 1],
 * restarted every 32 observations, so that a fault that begins late is found too.
 *
 * Guarantee: for observations that have, given all before, the same two quantiles at least `limit` apart, the
 * probability that the value ever reaches 1 / alpha is at most alpha. For then, with the tail-quantile at a, a share
 * `tail` of the values lies at or below a, and one at or above a + limit: that is what `tailsLogEValue` is against.
 * Where a lies is not known, so the value is the least over all a, which is no more than that of the true one
 * (universal inference; Wasserman, Ramdas & Balakrishnan 2020), weighted by a prior over the beginnings (of mass 1: a
 * union bound over all stretches); its inverse is an anytime-valid p-value.
 *
 * It is deliberate that one end alone being light is not enough: nine tenths of the values at one point and a tenth far
 * above have a wide range. So no observation gains more than log(1 / (1 - tail)).
 *
 * O(1) memory; O(1) time where the values are not near together, else some tens of microseconds for every eighth.
 * Stretches that began more than 1,024 observations ago are forgotten.
 */
export class RangeEProcess {
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

  /** Continues from a state exactly as if it had never stopped. @throws StatsError for an invalid state */
  static from(state: RangeState): RangeEProcess {
    requireObject(state, "state");
    const { limit, tail, n, recent, logValue } = state;
    requireList(recent, "recent");
    requireOpenProbability(tail, "tail");
    const evidence = new RangeEProcess(limit, tail);
    requireCount(n, "n");
    requireWithin(logValue, -Number.MAX_VALUE, Number.MAX_VALUE, "logValue");
    if (recent.length !== Math.min(n, MEMORY)) {
      throw new StatsError(
        STATS_ERROR_CODES.shapeMismatch,
        `${recent.length} recent observations of ${n}: expected ${Math.min(n, MEMORY)}`,
      );
    }
    for (const [index, x] of recent.entries()) {
      requireWithin(x, 0, 1, "observation");
      evidence.#ring[(n - recent.length + index) % MEMORY] = x;
    }
    evidence.#n = n;
    evidence.#logValue = logValue;
    return evidence;
  }

  /** Values so far. */
  get n(): number {
    return this.#n;
  }

  /** Natural logarithm of the value at the latest check; 0 without evidence for a narrow range. */
  get logValue(): number {
    return this.#logValue;
  }

  /**
   * Adds one observation. @throws StatsError `not_finite`, or `out_of_range` outside [0, 1]; the state is then
   * unchanged
   */
  add(x: number): void {
    requireWithin(x, 0, 1, "observation");
    this.#ring[this.#n % MEMORY] = x;
    this.#n += 1;
    if (this.#n % EVERY === 0) this.#logValue = this.#isNear() ? this.#look() : 0;
  }

  /** The full state, from which `from` continues. */
  state(): RangeState {
    const kept = Math.min(this.#n, MEMORY);
    const recent = Array.from({ length: kept }, (_, index) => this.#ring[(this.#n - kept + index) % MEMORY] ?? 0);
    return { limit: this.limit, tail: this.tail, n: this.#n, recent, logValue: this.#logValue };
  }

  /** When to check is a free choice: checking less often only strengthens the guarantee. */
  #isNear(): boolean {
    if (this.#n < GLANCE) return false;
    const newest = this.#newest;
    for (let steps = 0; steps < GLANCE; steps += 1) newest[steps] = this.#back(steps);
    newest.sort();
    return (newest[GLANCE - 1 - GLANCE_TAIL] ?? 1) - (newest[GLANCE_TAIL] ?? 0) < GLANCE_SLACK * this.limit;
  }

  /** The value of the best stretch that ends now; 0 if none is evidence for a narrow range. */
  #look(): number {
    const values = this.#values;
    const longest = Math.min(this.#n, this.#n % STRIDE === 0 ? MEMORY : SHORT);
    values.clear();
    for (let steps = 0; steps < longest; steps += 1) values.add(this.#back(steps));
    let best = 0;
    // Longest first: once the best is found, the others are cheap to rule out.
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

  /** The observation at this distance before the newest. */
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
