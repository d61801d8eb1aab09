const DELTA = 0.005;
const LAMBDA = 50;
const LEAST = 30;

/**
 * Page-Hinkley (Page 1954, "Continuous inspection schemes"; Hinkley 1971): the sum of the deviations from the running
 * mean, minus a tolerance of 0.005, and its distance from its extreme. Alarms beyond 50, in both directions. These are
 * the parameters of the usual implementations.
 */
export class PageHinkley {
  #n = 0;
  #mean = 0;
  #up = 0;
  #down = 0;

  /** Adds a value. Returns whether there is an alarm. */
  add(x: number): boolean {
    this.#n += 1;
    this.#mean += (x - this.#mean) / this.#n;
    const deviation = x - this.#mean;
    this.#up = Math.max(0, this.#up + deviation - DELTA);
    this.#down = Math.max(0, this.#down - deviation - DELTA);
    return this.#n >= LEAST && (this.#up > LAMBDA || this.#down > LAMBDA);
  }
}
