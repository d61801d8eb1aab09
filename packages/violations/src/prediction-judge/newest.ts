import type { ModelReading } from "@qsc/contract";
import { NEWEST_DECISIONS } from "../cards/newest-decisions.js";

/** A prediction among the newest; without a reading it is a row that could not be read. */
interface Kept {
  readonly reading: ModelReading | null;
  readonly segment: string | null;
}

/** Rows that are kept, as for the segments of telemetry. */
const MOST_ROWS = 4096;

/** The newest rows, in the order in which they came. O(1) memory. */
export class NewestRows {
  #kept: Kept[] = [];

  add(kept: Kept): void {
    if (this.#kept.push(kept) >= 2 * MOST_ROWS) this.#cut();
  }

  /** Adds rows that came later. */
  append(later: NewestRows): void {
    this.#kept.push(...later.all());
    this.#cut();
  }

  /** Oldest first. */
  all(): readonly Kept[] {
    this.#cut();
    return this.#kept;
  }

  /** The newest 200 predictions, oldest first, and how many rows among them could not be read. */
  newest(): { readonly readings: readonly ModelReading[]; readonly unread: number } {
    const readings: ModelReading[] = [];
    let unread = 0;
    for (const { reading } of this.all().toReversed()) {
      if (readings.length === NEWEST_DECISIONS) break;
      if (reading === null) unread += 1;
      else readings.push(reading);
    }
    return { readings: readings.reverse(), unread };
  }

  #cut(): void {
    if (this.#kept.length > MOST_ROWS) this.#kept = this.#kept.slice(-MOST_ROWS);
  }
}
