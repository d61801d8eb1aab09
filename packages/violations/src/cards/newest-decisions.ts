import { compareIds, type EntryId, type Intent, type ModelReading } from "@qsc/contract";

/**
 * The decisions at the end of a range that are also judged by themselves. A model that collapsed in the meantime is
 * found after this many decisions at the latest, however many sound ones came before.
 */
export const NEWEST_DECISIONS = 200;

/** What is kept of a decision. */
interface Kept {
  readonly id: EntryId;
  readonly models: readonly ModelReading[];
}

/** Everything in a `NewestDecisions`, as plain data. */
export type NewestState = readonly Kept[];

/**
 * The newest distinct decisions of a stream. They may be added in any order, and the states of the parts of a stream
 * may be joined. O(1) memory.
 */
export class NewestDecisions {
  #kept: Kept[] = [];
  #inOrder = true;

  add({ id, models }: Pick<Intent, "id" | "models">): void {
    this.#keep({ id, models });
  }

  /** The decisions, oldest first. */
  state(): NewestState {
    this.#cut();
    return this.#kept;
  }

  /** Adds the decisions of another part of the same stream. */
  take(state: NewestState): void {
    for (const kept of state) this.#keep(kept);
  }

  merge(other: NewestDecisions): void {
    this.take(other.#kept);
  }

  #keep(kept: Kept): void {
    const last = this.#kept.at(-1);
    if (last !== undefined && compareIds(kept.id, last.id) < 0) this.#inOrder = false;
    this.#kept.push(kept);
    if (this.#kept.length >= 2 * NEWEST_DECISIONS) this.#cut();
  }

  #cut(): void {
    if (!this.#inOrder) this.#kept.sort((a, b) => compareIds(a.id, b.id));
    this.#inOrder = true;
    if (this.#kept.length > NEWEST_DECISIONS) this.#kept = this.#kept.slice(-NEWEST_DECISIONS);
  }
}
