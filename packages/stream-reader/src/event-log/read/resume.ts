import { compareIds, type EntryId } from "@qsc/contract";
import type { SourceItem } from "../../ports/source.js";

/** Places without an ID are held back up to this many; beyond, they are given out at once. */
const HELD = 1000;

/**
 * Finds in an event log what was written after an entry. Order in the file counts: from the first
 * item with a later ID on everything is new, an ID that goes backwards included. Items without an
 * ID are new unless one that is not stands behind them.
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

  /** What of this item, which begins at byte `start`, and of those held back is new. */
  take(item: SourceItem, start: number): readonly SourceItem[] {
    // `after` was an entry of this event log, and this was written when it was already there.
    if (this.#found && start >= this.#known) this.#passed = true;
    if (item.id !== null && compareIds(item.id, this.#after) > 0) this.#passed = true;
    if (this.#passed) return [...this.release(), item];
    if (item.id === null) return this.#held.push(item) < HELD ? [] : this.release();
    this.#found ||= item.id === this.#after;
    this.#held = [];
    return [];
  }

  /** What is held back, when nothing is written behind it for now. */
  release(): readonly SourceItem[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}
