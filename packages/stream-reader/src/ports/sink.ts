import type { EntryId } from "@qsc/contract";
import type { Ahead } from "../sink/ahead.js";

/** An entry to be published under its own ID; the ID is its time. */
export interface NewEntry {
  readonly id: EntryId;
  /** Field names and values in turn. */
  readonly fields: readonly string[];
}

/** A torn last line that was cut off an event log. */
export interface Repair {
  readonly bytes: number;
  /** The path of the file that holds them now. */
  readonly savedAs: string;
}

/**
 * Where an engine publishes its decisions. Every adapter passes the same conformance suite.
 *
 * Every method rejects with a coded QscError. No connection has to be there before it is needed,
 * and a call after a failed one makes a new one; pausing between two attempts is the caller's.
 */
export interface EventSink extends AsyncDisposable {
  /** The place as an operator may see it: no password. */
  readonly label: string;
  /** The stream's key; null for an event log. */
  readonly stream: string | null;
  /** What was cut off the event log when it was opened, or opened again; null when nothing was. */
  readonly repaired: Repair | null;

  /**
   * Why IDs are no times now: the newest entry lies in the future, more than 5 s ahead of this host's clock. Entries are written
   * behind it all the same, because one foreign entry must not silence an engine; but an engine should say so at once, and not be
   * ready. Null where it is not so, as far as the last call has seen; ask `lastId()` at the start. `onAhead` of `openSink` tells too.
   */
  readonly ahead: Ahead | null;

  /** The ID that the next entry's has to come after: the largest there was so far, `0-0` for none. */
  lastId(): Promise<EntryId>;

  /**
   * Writes the entries in order, each exactly once, also when a call that failed is made again:
   * an entry with the ID and the fields of one that is there already is that one. Where entries
   * of another writer are ahead, an entry gets the next free ID behind them.
   *
   * Rejects when not all are known to be written; some may be, and the same call may be made
   * again. Calls are carried out one after another. Resolves with the IDs they were really
   * written under.
   * @throws QscError `usage` for an entry that no reader would take: nothing is written then.
   */
  append(entries: readonly NewEntry[]): Promise<readonly EntryId[]>;

  /** Ends the sink when the calls made so far are carried out. */
  close(): Promise<void>;
}
