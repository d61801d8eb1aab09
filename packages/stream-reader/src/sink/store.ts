import type { EntryId } from "@qsc/contract";
import type { NewEntry, Repair } from "../ports/sink.js";

/** A place for entries, as `Publisher` needs it. Every method rejects with a coded QscError. */
export interface Store {
  /**
   * Writes entries with rising IDs, all of them or none. Returns false and writes nothing if the first ID does not come
   * after `lastId()`. If it rejects, the entries may or may not have been written, or may still be.
   */
  add(entries: readonly NewEntry[]): Promise<boolean>;

  /** The next ID must be larger than this. An ID up to it can never be written again. */
  lastId(): Promise<EntryId>;

  /** For each entry, whether one with this ID and exactly the same fields is there. */
  holds(entries: readonly NewEntry[]): Promise<readonly boolean[]>;
}

/** A store that can be opened, closed and named. */
export interface SinkStore extends Store {
  readonly label: string;
  readonly stream: string | null;
  readonly repaired: Repair | null;
  /** What to do if its last ID is in the future, in whole sentences. */
  readonly aheadRemedy: string;
  close(): Promise<void>;
}
