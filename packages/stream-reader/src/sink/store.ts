import type { EntryId } from "@qsc/contract";
import type { NewEntry, Repair } from "../ports/sink.js";

/** A place for entries as `Publisher` needs it. Every method rejects with a coded QscError. */
export interface Store {
  /**
   * Writes entries whose IDs rise, all of them or none. False, with nothing written, when the
   * first ID does not come after `lastId()`. When it rejects, nobody knows whether they are, or
   * still will be, written.
   */
  add(entries: readonly NewEntry[]): Promise<boolean>;

  /** The ID that the next one has to come after. An ID up to it can never be written any more. */
  lastId(): Promise<EntryId>;

  /** For each entry, whether one with this ID and the very same fields is there. */
  holds(entries: readonly NewEntry[]): Promise<readonly boolean[]>;
}

/** A store that is opened and closed, and can be named. */
export interface SinkStore extends Store {
  readonly label: string;
  readonly stream: string | null;
  readonly repaired: Repair | null;
  /** What to do where its last ID lies in the future, in whole sentences. */
  readonly aheadRemedy: string;
  close(): Promise<void>;
}
