/** A bucket of requests that fills at a steady rate, and holds what comes in one second, or at least one request. */
export class RateLimit {
  readonly #perMs: number;
  readonly #most: number;
  #left: number;
  #atMs: number | null = null;

  /** @param rate requests a second */
  constructor(rate: number) {
    this.#perMs = rate / 1000;
    this.#most = Math.max(1, rate);
    this.#left = this.#most;
  }

  /** Takes one request, on a clock that never jumps; answers how long to wait for it, in milliseconds: 0 if it is taken. */
  take(nowMs: number): number {
    if (this.#atMs !== null) this.#left = Math.min(this.#most, this.#left + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
    if (this.#left < 1) return (1 - this.#left) / this.#perMs;
    this.#left -= 1;
    return 0;
  }
}
