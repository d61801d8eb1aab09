import { describeDuration } from "@qsc/contract";

/** The longest that a rollback may be impossible, in milliseconds: a bus or polkit that restarts is back sooner. */
const LONGEST_LOSS_MS = 15_000;
/** Milliseconds between two checks at least: decisions may arrive at hundreds per second. */
const EVERY_MS = 5000;

/** Tracks for how long a watch has been unable to roll its canary back. */
export class RightsWatch {
  readonly #ask: () => Promise<readonly string[]>;
  #asked = Number.NEGATIVE_INFINITY;
  #since: number | null = null;

  /** @param ask what prevents a rollback now; empty if nothing does */
  constructor(ask: () => Promise<readonly string[]>) {
    this.#ask = ask;
  }

  /**
   * The violation once a rollback has been impossible for too long; otherwise null.
   * @param now by a clock that never jumps, in milliseconds
   */
  async look(now: number): Promise<string | null> {
    if (now - this.#asked < EVERY_MS) return null;
    this.#asked = now;
    const [first] = await this.#ask();
    if (first === undefined) {
      this.#since = null;
      return null;
    }
    this.#since ??= now;
    if (now - this.#since < LONGEST_LOSS_MS) return null;
    return `rights: for ${describeDuration(LONGEST_LOSS_MS)} a rollback of the canary was not possible: ${first}`;
  }
}
