import { compareIds, firstIdAt, idTime, type EntryId } from "@qsc/contract";
import { CLOCK_SKEW_MS } from "./clock-skew.js";
import { FeedInterval } from "./interval.js";
import type { FeedRow } from "./port.js";
import { SymbolOrder } from "./symbol-order.js";

/** The default limit is this multiple of the feed's interval, but at least this many milliseconds. */
const INTERVALS = 3;
const LEAST_MAX_AGE_MS = 60_000;

/** Why a readable row is not decided on. */
export type RefusalReason = "too_old" | "from_the_future" | "out_of_order";

/** A row that is refused. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** One sentence with the row's ID and what was expected. */
  readonly detail: string;
  /** Whether the row was its symbol's next, so that it is now missing in the symbol's history. */
  readonly leavesHole: boolean;
}

export interface AdmissionOptions {
  /** The greatest age of a row, in milliseconds; null for three times the feed's interval, and at least 60 s. */
  readonly maxAgeMs: number | null;
  /** This host's clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Decides which rows of a feed may be decided on: those that are fresh by the time of their ID, and newer than every
 * earlier row of their symbol. A server that lost and regained its rows, or a clock that was wrong, produces others
 * too.
 */
export class Admission {
  readonly #maxAgeMs: number | null;
  readonly #now: () => number;
  readonly #order = new SymbolOrder();
  readonly #interval = new FeedInterval();

  constructor({ maxAgeMs, now }: AdmissionOptions) {
    this.#maxAgeMs = maxAgeMs;
    this.#now = now;
  }

  /** The present greatest age of a row, in milliseconds. */
  get maxAgeMs(): number {
    // While the interval is unknown, the minimum applies, which is the strictest limit.
    return this.#maxAgeMs ?? Math.max(LEAST_MAX_AGE_MS, INTERVALS * (this.#interval.median ?? 0));
  }

  /** Rows up to this ID are not decided on. An ID from the future does not shut out rows that come later. */
  startAfter(id: EntryId): void {
    const now = firstIdAt(Math.floor(this.#now()));
    this.#order.startAfter(compareIds(id, now) > 0 ? now : id);
  }

  /** Notes a row from before the start. @returns whether it belongs to its symbol's history */
  know(row: FeedRow): boolean {
    if (this.#aheadMs(row) > CLOCK_SKEW_MS || compareIds(row.id, this.#order.last(row.symbol)) <= 0) return false;
    this.#take(row);
    return true;
  }

  /** Why the row is refused; null if it is to be decided on. */
  refusal(row: FeedRow): Refusal | null {
    const last = this.#order.last(row.symbol);
    if (compareIds(row.id, last) <= 0) {
      const detail = `${row.id} does not come after ${last}, which was already used`;
      return { reason: "out_of_order", detail, leavesHole: false };
    }
    const aheadMs = this.#aheadMs(row);
    if (aheadMs > CLOCK_SKEW_MS) {
      const limit = `at most ${seconds(CLOCK_SKEW_MS)} s are allowed`;
      const detail = `${row.id} is ${seconds(aheadMs)} s ahead of this host's clock; ${limit}`;
      return { reason: "from_the_future", detail, leavesHole: true };
    }
    this.#take(row);
    const { maxAgeMs } = this;
    if (-aheadMs <= maxAgeMs) return null;
    const detail = `${row.id} is ${seconds(-aheadMs)} s old; at most ${seconds(maxAgeMs)} s are allowed`;
    return { reason: "too_old", detail, leavesHole: true };
  }

  #aheadMs({ timeMs }: FeedRow): number {
    return timeMs - this.#now();
  }

  #take(row: FeedRow): void {
    const former = this.#order.take(row);
    if (former !== null) this.#interval.add(row.timeMs - idTime(former));
  }
}

function seconds(ms: number): string {
  return String(Math.round(ms / 100) / 10);
}
