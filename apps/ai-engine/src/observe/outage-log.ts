import { asQscError, type QscError } from "@qsc/contract";
import type { Logger } from "pino";

/** How often an outage that lasts is said again, in milliseconds. */
const REPEAT_MS = 60_000;

/** What the log says of one kind of outage. */
export interface OutageWords {
  readonly begins: string;
  readonly lasts: string;
  readonly ends: string;
}

/** Says that something cannot be reached for now: when that begins, when the reason changes, every minute while it lasts, and when it ends. */
export class OutageLog {
  readonly #log: Pick<Logger, "error" | "info">;
  readonly #words: OutageWords;
  readonly #details: () => object;
  #error: QscError | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** @param details what each line says besides, as it is then */
  constructor(log: Pick<Logger, "error" | "info">, words: OutageWords, details: () => object = () => ({})) {
    this.#log = log;
    this.#words = words;
    this.#details = details;
  }

  /** Why it cannot be reached now; null while it can. */
  get error(): QscError | null {
    return this.#error;
  }

  /** Tells what is wrong now; null for nothing. */
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
    this.#timer = setInterval(() => { this.#log.error({ err: this.#error, ...this.#details() }, this.#words.lasts); }, REPEAT_MS);
    // It holds up no end.
    this.#timer.unref();
  }
}
