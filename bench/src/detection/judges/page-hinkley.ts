const DELTA = 0.005;
const LAMBDA = 50;
const LEAST = 30;

/**
 * Page-Hinkley (Page 1954, "Continuous inspection schemes"; Hinkley 1971): the sum of the deviations from the running mean, less a tolerance of
 * 0.005, and how far it is from its extreme; alarm beyond 50, in both directions. The parameters of the usual implementations.
 */
export class PageHinkley {
  #n = 0;
  #mean = 0;
  #up = 0;
  #down = 0;

  /** Takes a value; whether there is an alarm. */
  add(x: number): boolean {
    this.#n += 1;
    this.#mean += (x - this.#mean) / this.#n;
    const deviation = x - this.#mean;
    this.#up = Math.max(0, this.#up + deviation - DELTA);
    this.#down = Math.max(0, this.#down - deviation - DELTA);
    return this.#n >= LEAST && (this.#up > LAMBDA || this.#down > LAMBDA);
  }
}
