import type { Refusal, RefusalReason } from "../feed/admission.js";

/** Rows that the share of unusable ones is taken of: the newest, and no fewer than the least. */
const WINDOW = 100;
const LEAST = 10;
/** So many rows refused one after another are no accident. */
const RUN = 10;

/** What became of the rows of a feed, for `/health`: one bad row among good ones is no reason not to be ready. */
export class RowTally {
  readonly #clock: () => number;
  /** Whether each of the newest rows that were not refused could be used, the oldest first. */
  readonly #usable: boolean[] = [];
  readonly #refused = new Map<RefusalReason, number>();
  /** Refused since the last row that was not. */
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

  /** Whether half or more of the newest rows could not be used. */
  get isUnusable(): boolean {
    const { rows, of } = this.unusable;
    return of >= LEAST && 2 * rows >= of;
  }

  /** The newest refusal, when only such rows come: many in succession, or any while none was admitted for `limitMs`. */
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
