import { asQscError, type QscError } from "@qsc/contract";
import type { Logger } from "pino";

/** How often a lasting outage is logged again, in milliseconds. */
const REPEAT_MS = 60_000;

/** What the log says about one kind of outage. */
export interface OutageWords {
  readonly begins: string;
  readonly lasts: string;
  readonly ends: string;
}

/**
 * Logs that something cannot be reached: when that begins, when the reason changes, every minute while it lasts, and
 * when it ends.
 */
export class OutageLog {
  readonly #log: Pick<Logger, "error" | "info">;
  readonly #words: OutageWords;
  readonly #details: () => object;
  #error: QscError | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** @param details what else each line says, as it is at that time */
  constructor(log: Pick<Logger, "error" | "info">, words: OutageWords, details: () => object = () => ({})) {
    this.#log = log;
    this.#words = words;
    this.#details = details;
  }

  /** Why it cannot be reached at the moment; null if it can. */
  get error(): QscError | null {
    return this.#error;
  }

  /** Reports what is wrong now; null for nothing. */
  tell(thrown: Error | null): void {
    const former = this.#error;
    const error = thrown === null ? null : asQscError(thrown);
    this.#error = error;
    if (error?.code === former?.code) return;
    clearInterval(this.#timer);
    if (error === null) {
      this.#log.info(this.#details(), this.#words.ends);
      return;
    }
    this.#log.error({ err: error, ...this.#details() }, this.#words.begins);
    this.#timer = setInterval(() => {
      this.#log.error({ err: this.#error, ...this.#details() }, this.#words.lasts);
    }, REPEAT_MS);
    // Must not keep the process running.
    this.#timer.unref();
  }
}
