import { asQscError, compareIds, MIN_ID, nextId, type EntryId, type QscError } from "@qsc/contract";
import { Outage } from "../outage.js";
import { abortable, orAbort, pause } from "../pause.js";
import type { FollowOptions, SourceItem } from "../port.js";
import type { RedisConnection } from "./connection.js";
import { RangeWatch } from "./range-watch.js";
import { readRange } from "./read-range.js";
import { removedCount, type StreamInfo } from "./stream-info.js";
import type { StreamWatch } from "./stream-watch.js";

const POLL_MS = 250;
const LONGEST_BACKOFF_MS = 5000;
/** Waiting heals none of these. */
const PERMANENT: ReadonlySet<string> = new Set([
  "source_auth",
  "source_permission",
  "source_wrong_type",
  "invalid_source",
]);

/** What following needs of its source. */
export interface Followed {
  readonly watch: StreamWatch;
  /** A connection that is open; the same one while it lasts. */
  connected(): Promise<RedisConnection>;
  /** Gives the connection up, so that the next one is new. */
  disconnected(): void;
  /** The error of a stream that is not there. */
  missing(): QscError;
}

/**
 * Follows a stream by polling, because blocking reads of ioredis have hung after a reconnect. The
 * cursor moves only over pages that were given out: a lost connection loses and repeats nothing.
 */
export class StreamFollower {
  readonly #source: Followed;
  #cursor: EntryId;
  #generation: number;
  /** `entries-added` when everything up to the last round's end was read; null while unknown. */
  #counted: number | null = null;
  #readSince = 0;

  constructor(source: Followed, after: EntryId) {
    this.#source = source;
    this.#cursor = after;
    this.#generation = source.watch.generation;
  }

  async *pages(options: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    const { signal } = options;
    const outage = new Outage(options);
    let wait = POLL_MS;
    while (!signal.aborted) {
      try {
        const connection = await orAbort(this.#source.connected(), signal);
        const info = await orAbort(connection.info(), signal);
        this.#compare();
        if (info === null) throw this.#source.missing();
        outage.ends();
        wait = POLL_MS;
        yield* this.#round(connection, info, signal);
      } catch (thrown) {
        if (isOver(signal)) return;
        const error = asQscError(thrown);
        if (PERMANENT.has(error.code) || error.code === "internal") throw error;
        if (error.code !== "source_missing") this.#source.disconnected();
        outage.begins(error);
        wait = Math.min(wait * 2, LONGEST_BACKOFF_MS);
      }
      await pause(wait, signal);
    }
  }

  /** Another stream under the same name is read from its beginning. */
  #compare(): void {
    const { generation } = this.#source.watch;
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#cursor = MIN_ID;
    this.#counted = 0;
    this.#readSince = 0;
  }

  /** Reads all that the stream had when the round began. */
  async *#round(
    connection: RedisConnection,
    info: StreamInfo,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SourceItem[]> {
    const { lastGeneratedId: to } = info;
    // A cursor ahead of the stream is a time that the engine has not reached yet.
    if (compareIds(to, this.#cursor) < 0) return;
    const start = this.#cursor;
    if (compareIds(to, start) > 0) {
      const range = { from: nextId(start), to };
      const watch = new RangeWatch(range, info, this.#source.watch);
      if (this.#counted === null) this.#checkReached(info, start);
      const pages = readRange(connection, range, "oldest-first", info, (page) => {
        watch.check(page);
      });
      for await (const page of abortable(pages, signal)) {
        this.#cursor = page.at(-1)?.id ?? this.#cursor;
        this.#readSince += page.length;
        yield page;
        if (signal.aborted) return;
      }
    }
    // Made anew in the meantime: the next round begins at the beginning.
    if (this.#source.watch.generation !== this.#generation) return;
    this.#account(info, start);
    this.#cursor = to;
  }

  /** Every entry added since the last round has been read, or it is lost: nobody else counts it. */
  #account({ entriesAdded, maxDeletedId, lastGeneratedId: to }: StreamInfo, start: EntryId): void {
    if (this.#counted !== null && entriesAdded !== null) {
      const lost = entriesAdded - this.#counted - this.#readSince;
      const deleted = maxDeletedId !== null && compareIds(maxDeletedId, start) > 0;
      if (lost > 0) {
        const what = `${lost} entries between ${start} and ${to} were gone before they were read`;
        this.#source.watch.note(deleted ? "deleted" : "trimmed", what);
      }
    }
    this.#counted = entriesAdded;
    this.#readSince = 0;
  }

  /** Whether trimming had reached the cursor before following began. */
  #checkReached(info: StreamInfo, cursor: EntryId): void {
    const removed = removedCount(info);
    if (removed === null || removed === 0) return;
    if (info.firstId !== null && compareIds(info.firstId, cursor) <= 0) return;
    const what = `it was trimmed up to ${info.firstId ?? "its end"} before what follows ${cursor} was read`;
    this.#source.watch.note("trimmed", `${what}: entries may be lost`);
  }
}

function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
