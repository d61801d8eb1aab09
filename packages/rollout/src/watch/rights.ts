import { describeDuration } from "@qsc/contract";

/** A bus or polkit that is started again is back sooner: longer than this nothing is in a rollback's way, in milliseconds. */
const LONGEST_LOSS_MS = 15_000;
/** How often is asked, at most, in milliseconds: decisions may come by the hundred a second. */
const EVERY_MS = 5000;

/** For how long a watch has been unable to roll its canary back. */
export class RightsWatch {
  readonly #ask: () => Promise<readonly string[]>;
  #asked = Number.NEGATIVE_INFINITY;
  #since: number | null = null;

  /** @param ask what is in a rollback's way now; nothing where it is empty */
  constructor(ask: () => Promise<readonly string[]>) {
    this.#ask = ask;
  }

  /**
   * The violation once something has been in the way for too long, else null.
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
    return `rights: for ${describeDuration(LONGEST_LOSS_MS)} nothing here could have rolled the canary back: ${first}`;
  }
}
