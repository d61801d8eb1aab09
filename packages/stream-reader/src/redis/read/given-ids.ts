import type { EntryId } from "@qsc/contract";

/** At least this many IDs are kept. */
const KEPT = 10_000;

/** The IDs of the last entries that a follower gave out. */
export class GivenIds {
  readonly #pages: (readonly EntryId[])[] = [];
  #count = 0;
  #isComplete = true;

  add(ids: readonly EntryId[]): void {
    this.#pages.push(ids);
    this.#count += ids.length;
    for (
      let first = this.#pages[0];
      first !== undefined && this.#count - first.length >= KEPT;
      first = this.#pages[0]
    ) {
      this.#pages.shift();
      this.#count -= first.length;
      this.#isComplete = false;
    }
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** The oldest ID that is kept; null if all are kept, or there are none. */
  get oldest(): EntryId | null {
    return this.#isComplete ? null : (this.#pages[0]?.[0] ?? null);
  }

  all(): ReadonlySet<EntryId> {
    return new Set(this.#pages.flat());
  }
}
