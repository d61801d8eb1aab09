import type { Random } from "./random.js";

/** How decisions arrive: one by one, or for several symbols at once. */
export interface Arrivals {
  /** The number of symbols, which take turns. */
  readonly symbols: number;
  /** How many symbols decide within milliseconds; 1 for one by one. */
  readonly burst: number;
  /** The average time from one decision, or burst, to the next, in seconds. */
  readonly everySeconds: number;
}

/** One symbol, one decision per second. */
export const ONE_BY_ONE: Arrivals = { symbols: 1, burst: 1, everySeconds: 1 };

/** The time between two decisions of a burst, in seconds. */
const WITHIN_BURST = 0.001;

/** When the decisions of a watch arrive, and for which symbols. */
export class Clock {
  readonly #random: Random;
  readonly #arrivals: Arrivals;
  #second = 0;
  #count = 0;

  constructor(random: Random, arrivals: Arrivals) {
    this.#random = random;
    this.#arrivals = arrivals;
  }

  /** The next decision: its second, its symbol, and whether it is the first of its burst. */
  next(): { readonly second: number; readonly symbol: number; readonly isFirst: boolean } {
    const { symbols, burst, everySeconds } = this.#arrivals;
    const isFirst = this.#count % burst === 0;
    this.#second += isFirst ? everySeconds * this.#random.exponential() : WITHIN_BURST;
    const symbol = this.#count % symbols;
    this.#count += 1;
    return { second: this.#second, symbol, isFirst };
  }
}
