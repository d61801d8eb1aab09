import type { Random } from "./random.js";

/** How many decisions a regime lasts on average: twenty minutes. */
export const USUAL_DWELL = 1200;

/** Whether the market falls, stays or rises: the regime that moves all models at once. */
export class Market {
  readonly #random: Random;
  readonly #dwell: number;
  #regime: number;

  /** @param dwell how many decisions a regime lasts on average */
  constructor(random: Random, dwell: number = USUAL_DWELL) {
    this.#random = random;
    this.#dwell = dwell;
    this.#regime = Math.floor(random.next() * 3) - 1;
  }

  next(): number {
    if (this.#random.next() < 1 / this.#dwell)
      this.#regime = ((this.#regime + 1 + 1 + Math.floor(this.#random.next() * 2)) % 3) - 1;
    return this.#regime;
  }
}
