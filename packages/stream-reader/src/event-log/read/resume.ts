import { compareIds, type EntryId } from "@qsc/contract";
import type { SourceItem } from "../../ports/source.js";

/** How many items without an ID are held back. Beyond that, they are given out at once. */
const HELD = 1000;

/**
 * Finds what was written to an event log after an entry. The order in the file counts: from the first item with a later
 * ID on, everything is new, even if an ID goes backwards. Items without an ID are new unless an old item follows them.
 */
export class Resume {
  readonly #after: EntryId;
  readonly #known: number;
  #held: SourceItem[] = [];
  #passed = false;
  #found = false;

  /** `known` is the size of the event log when following began. */
  constructor(after: EntryId, known: number) {
    this.#after = after;
    this.#known = known;
  }

  /** The new items among this one, which begins at byte `start`, and those held back. */
  take(item: SourceItem, start: number): readonly SourceItem[] {
    // `after` was an entry of this log, and was already there when this item was written.
    if (this.#found && start >= this.#known) this.#passed = true;
    if (item.id !== null && compareIds(item.id, this.#after) > 0) this.#passed = true;
    if (this.#passed) return [...this.release(), item];
    if (item.id === null) return this.#held.push(item) < HELD ? [] : this.release();
    this.#found ||= item.id === this.#after;
    this.#held = [];
    return [];
  }

  /** Returns what is held back if nothing follows it at the moment. */
  release(): readonly SourceItem[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}
