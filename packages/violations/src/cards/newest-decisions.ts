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
export interface NewestState {
  /** Oldest first. */
  readonly decisions: readonly Kept[];
  /** Entries that could not be read: the newest IDs, oldest first, and how many have none. */
  readonly unread: readonly EntryId[];
  readonly unplaced: number;
}

/** The newest decisions, and how many entries that could not be read may be among them. */
export interface Newest {
  readonly decisions: readonly Kept[];
  readonly unread: number;
}

/**
 * The newest distinct decisions of a stream. They may be added in any order, and the states of the parts of a stream
 * may be joined. O(1) memory.
 */
export class NewestDecisions {
  readonly #longestLabel: number;
  readonly #decisions = new Ordered<Kept>(({ id }) => id);
  readonly #unread = new Ordered<EntryId>((id) => id);
  #unplaced = 0;

  /** @param longestLabel the length of the longest known label: any longer one is unknown, whatever its rest is */
  constructor(longestLabel: number) {
    this.#longestLabel = longestLabel;
  }

  add({ id, models }: Pick<Intent, "id" | "models">): void {
    this.#decisions.add({ id, models: models.map((reading) => this.#withShortLabel(reading)) });
  }

  /** Adds an entry that could not be read. Without an ID it may be among the newest. */
  reject(id: string | null): void {
    if (isEntryId(id)) this.#unread.add(id);
    else this.#unplaced += 1;
  }

  newest(): Newest {
    const decisions = this.#decisions.newest();
    const [oldest] = decisions;
    const unread = this.#unread.newest();
    const among = oldest === undefined ? unread : unread.filter((id) => compareIds(id, oldest.id) > 0);
    return { decisions, unread: among.length + this.#unplaced };
  }

  state(): NewestState {
    return {
      decisions: [...this.#decisions.newest()],
      unread: [...this.#unread.newest()],
      unplaced: this.#unplaced,
    };
  }

  /** Adds another part of the same stream. */
  take({ decisions, unread, unplaced }: NewestState): void {
    for (const kept of decisions) this.#decisions.add(kept);
    for (const id of unread) this.#unread.add(id);
    this.#unplaced += unplaced;
  }

  merge(other: NewestDecisions): void {
    this.take(other.state());
  }

  #withShortLabel(reading: ModelReading): ModelReading {
    const { action } = reading;
    if (action === null || action.length <= this.#longestLabel) return reading;
    return { ...reading, action: action.slice(0, this.#longestLabel + 1) };
  }
}

/** The newest of what is added in any order; keeps as many again in the meantime. */
class Ordered<Item> {
  readonly #idOf: (item: Item) => EntryId;
  #kept: Item[] = [];
  #inOrder = true;

  constructor(idOf: (item: Item) => EntryId) {
    this.#idOf = idOf;
  }

  add(item: Item): void {
    const last = this.#kept.at(-1);
    if (last !== undefined && compareIds(this.#idOf(item), this.#idOf(last)) < 0) this.#inOrder = false;
    this.#kept.push(item);
    if (this.#kept.length >= 2 * NEWEST_DECISIONS) this.newest();
  }

  /** Oldest first. */
  newest(): readonly Item[] {
    if (!this.#inOrder) this.#kept.sort((a, b) => compareIds(this.#idOf(a), this.#idOf(b)));
    this.#inOrder = true;
    if (this.#kept.length > NEWEST_DECISIONS) this.#kept = this.#kept.slice(-NEWEST_DECISIONS);
    return this.#kept;
  }
}

function isEntryId(id: string | null): id is EntryId {
  return id !== null && /^\d+-\d+$/.test(id);
}
