import type { EntryId } from "@qsc/contract";
import type { Ahead } from "../sink/ahead.js";

/** An entry to publish under its own ID. The ID is its time. */
export interface NewEntry {
  readonly id: EntryId;
  /** Field names and values in turn. */
  readonly fields: readonly string[];
}

/** A torn last line that was cut off an event log. */
export interface Repair {
  readonly bytes: number;
  /** The path of the file that has them now. */
  readonly savedAs: string;
}

/**
 * Where an engine publishes its decisions. Every adapter passes the same conformance suite.
 *
 * Every method rejects with a coded QscError. It connects when first needed, and again after a failed call. The caller
 * decides how long to wait between attempts.
 */
export interface EventSink extends AsyncDisposable {
  /** The name to show to an operator: no password. */
  readonly label: string;
  /** The stream's key; null for an event log. */
  readonly stream: string | null;
  /** What was cut off the event log when it was opened or reopened; null if nothing was. */
  readonly repaired: Repair | null;

  /**
   * Why IDs are not times at the moment: the newest entry is in the future, more than 5 s ahead of this host's clock.
   * Entries are still written after it, because one foreign entry must not silence an engine, but an engine should
   * report this at once and not be ready. Null if that is not the case, as far as the last call has seen. Ask
   * `lastId()` at the start; `onAhead` of `openSink` reports it too.
   */
  readonly ahead: Ahead | null;

  /** The next entry's ID must be larger than this: the largest ID so far, `0-0` if there is none. */
  lastId(): Promise<EntryId>;

  /**
   * Writes the entries in order, each exactly once, even if a failed call is repeated: an entry whose ID and fields are
   * already there counts as written. If another writer's entries are ahead, an entry gets the next free ID after them.
   *
   * Rejects unless all are known to be written. Some may be; repeat the same call. Calls run one after another.
   * Resolves with the IDs under which the entries were written.
   * @throws QscError `usage` for an entry that no reader would accept; then nothing is written.
   */
  append(entries: readonly NewEntry[]): Promise<readonly EntryId[]>;

  /** Closes the sink after the calls made so far have finished. */
  close(): Promise<void>;
}
