import type { Random } from "./random.js";

/** Decisions that a regime lasts on average: twenty minutes. */
const DWELL = 1200;

/** Whether the market falls, stays or rises: the regime that moves all models at once. */
export class Market {
  readonly #random: Random;
  #regime: number;

  constructor(random: Random) {
    this.#random = random;
    this.#regime = Math.floor(random.next() * 3) - 1;
  }

  next(): number {
    if (this.#random.next() < 1 / DWELL) this.#regime = ((this.#regime + 1 + 1 + Math.floor(this.#random.next() * 2)) % 3) - 1;
    return this.#regime;
  }
}
