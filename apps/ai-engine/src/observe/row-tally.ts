import type { Refusal, RefusalReason } from "../feed/admission.js";

/** The share of unusable rows is taken over the newest rows: at most this many, and at least this many. */
const WINDOW = 100;
const LEAST = 10;
/** This many refused rows in succession are not an accident. */
const RUN = 10;

/** What happened to the rows of a feed, for `/health`. One bad row among good ones must not make the engine unready. */
export class RowTally {
  readonly #clock: () => number;
  /** Whether each of the newest rows that were not refused could be used, oldest first. */
  readonly #usable: boolean[] = [];
  readonly #refused = new Map<RefusalReason, number>();
  /** How many rows were refused since the last one that was not. */
  #run = 0;
  #last: Refusal | null = null;
  /** When a row was last admitted; null before the first. */
  #admittedAt: number | null = null;

  /** @param clock milliseconds of a clock that never goes back */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** A row was decided on. @param usable whether any model could use it */
  decided(usable: boolean): void {
    this.#run = 0;
    this.#admittedAt = this.#clock();
    this.#add(usable);
  }

  /** A row could not be read. */
  unreadable(): void {
    this.#add(false);
  }

  refused(refusal: Refusal): void {
    this.#run += 1;
    this.#last = refusal;
    this.#refused.set(refusal.reason, (this.#refused.get(refusal.reason) ?? 0) + 1);
  }

  /** Rows refused so far, by reason. */
  get refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refused);
  }

  /** How many of the newest rows could not be used. */
  get unusable(): { readonly rows: number; readonly of: number } {
    return { rows: this.#usable.filter((each) => !each).length, of: this.#usable.length };
  }

  /** Whether at least half of the newest rows could not be used. */
  get isUnusable(): boolean {
    const { rows, of } = this.unusable;
    return of >= LEAST && 2 * rows >= of;
  }

  /** The newest refusal, if only such rows come: many in succession, or any while none was admitted for `limitMs`. */
  onlyRefused(limitMs: number): Refusal | null {
    if (this.#run === 0) return null;
    const isLong = this.#admittedAt === null || this.#clock() - this.#admittedAt > limitMs;
    return isLong || this.#run >= RUN ? this.#last : null;
  }

  #add(usable: boolean): void {
    this.#usable.push(usable);
    if (this.#usable.length > WINDOW) this.#usable.shift();
  }
}
