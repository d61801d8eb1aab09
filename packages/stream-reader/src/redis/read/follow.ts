import {
  asQscError,
  compareIds,
  describeDuration,
  nextId,
  QscError,
  type EntryId,
  type SourceMark,
  type StreamMark,
} from "@qsc/contract";
import { Outage } from "../../ports/outage.js";
import { abortable, isLate, isOver, orAbort, pause } from "../../ports/pause.js";
import type { ShardFollowOptions } from "../../ports/shard.js";
import type { SourceItem } from "../../ports/source.js";
import type { RedisConnection } from "../connection.js";
import { isPermanent } from "../../ports/permanent.js";
import { DeletionWatch } from "./deletion-watch.js";
import type { Followed } from "./followed.js";
import { GivenIds } from "./given-ids.js";
import { NeverGiven } from "./never-given.js";
import { RangeWatch } from "./range-watch.js";
import { readRange } from "./read-range.js";
import type { StreamInfo } from "./stream-info.js";
import { mayHaveGone, noteTrimmedBefore } from "./removed-before.js";
import { LOST, whyAnother } from "./stream-identity.js";

/** A rollback waits for half of this on average. */
const POLL_MS = 100;
const LONGEST_BACKOFF_MS = 5000;

/** A connection and the stream's state; null if the stream does not exist. */
interface Seen {
  readonly connection: RedisConnection;
  readonly info: StreamInfo | null;
}

/**
 * Follows a stream by polling, because blocking reads of ioredis have hung after a reconnect. The cursor moves only
 * past pages that were given out, and never back: neither a lost connection nor a stream that was set back makes it
 * repeat an entry.
 */
export class StreamFollower {
  readonly #source: Followed;
  readonly #start: EntryId;
  readonly #given = new GivenIds();
  #cursor: EntryId;
  /** The last entry given out, by this follower or the one that it resumes; null if there is none. */
  #last: EntryId | null = null;
  /** Whether it is still unproven that the stream goes back to the cursor. */
  #isToBeFound = false;
  #generation: number;
  /** Counts what is never given because the stream was set back; null if it was not, or has grown past the cursor. */
  #neverGiven: NeverGiven | null = null;
  /** `entries-added` when everything up to the last round's end was read; null while unknown. */
  #counted: number | null = null;
  #readSince = 0;
  /** The stream when the current round began; null before the first round. */
  #info: StreamInfo | null = null;
  /** What the first look must verify. */
  #resumed: StreamMark | null = null;

  constructor(source: Followed, after: EntryId) {
    this.#source = source;
    this.#start = after;
    this.#cursor = after;
    this.#generation = source.watch.generation;
  }

  /** The state of the stream when the last page was given; null before the first page. */
  mark(): StreamMark | null {
    const info = this.#info;
    if (info === null || this.#last === null) return null;
    const { firstId, lastGeneratedId: endId, maxDeletedId: deletedId } = info;
    const atEnd = this.#last === endId ? info.entriesAdded : null;
    const added = this.#counted === null ? atEnd : this.#counted + this.#readSince;
    return { kind: "stream", id: this.#last, added, firstId, endId, deletedId };
  }

  async *pages(options: ShardFollowOptions): AsyncGenerator<readonly SourceItem[]> {
    const { signal, resumes = false, mark = null, restMs = POLL_MS, onRead, rest = pause } = options;
    const outage = new Outage(options);
    if (resumes) this.#resume(mark);
    let onCaughtUp = options.onCaughtUp;
    let wait = restMs;
    while (!signal.aborted) {
      try {
        const askedMs = performance.now();
        const { connection, info } = await this.#look(outage, signal);
        if (info === null) throw this.#source.missing();
        outage.ends();
        wait = restMs;
        await this.#compare(connection, info);
        yield* this.#round(connection, info, signal);
        if (isOver(signal)) return;
        onRead?.(askedMs);
        onCaughtUp?.();
        onCaughtUp = undefined;
      } catch (thrown) {
        if (isOver(signal)) return;
        const error = asQscError(thrown);
        if (isPermanent(error)) throw error;
        if (error.code !== "source_missing") this.#source.disconnected();
        outage.begins(error);
        wait = Math.min(wait * 2, LONGEST_BACKOFF_MS);
      }
      await rest(wait, signal);
    }
  }

  /** A mark of another source, or of another entry, proves nothing: this source counts as a different one. */
  #resume(mark: SourceMark | null): void {
    this.#last = this.#cursor;
    this.#isToBeFound = true;
    if (mark === null) return;
    if (mark.kind === "stream" && mark.id === this.#cursor) {
      this.#resumed = mark;
      this.#counted = mark.added;
    } else {
      const entry = `entry ${mark.id} of a stream`;
      const what = { stream: entry, jetstream: entry, log: "an event log", shards: "several streams" }[mark.kind];
      this.#source.watch.foundSetBack(
        `it cannot be compared with what was read, which was ${what}, up to ${this.#cursor}: start with the source that was read before`,
      );
    }
  }

  /** A slow answer counts as an outage before it arrives, so that the follower's caller learns of it in time. */
  async #look(outage: Outage, signal: AbortSignal): Promise<Seen> {
    const { label, patienceMs } = this.#source;
    const looking = this.#ask();
    if (await isLate(looking, patienceMs, signal)) {
      outage.begins(
        new QscError(
          "source_timeout",
          `${label} has not answered for ${describeDuration(patienceMs)}; still waiting for it. Check whether it hangs, and the network.`,
        ),
      );
    }
    return orAbort(looking, signal);
  }

  async #ask(): Promise<Seen> {
    const connection = await this.#source.connected();
    return { connection, info: await connection.info() };
  }

  /** After the stream was set back or recreated, continues after the last entry given. */
  async #compare(connection: RedisConnection, info: StreamInfo): Promise<void> {
    const { watch } = this.#source;
    if (this.#isToBeFound && watch.generation === this.#generation) {
      const why = whyAnother(this.#cursor, this.#resumed, info);
      if (why !== null) watch.foundSetBack(why);
    }
    this.#isToBeFound = false;
    if (watch.generation !== this.#generation) {
      this.#generation = watch.generation;
      this.#counted = null;
      this.#readSince = 0;
      this.#last = null;
      this.#neverGiven = new NeverGiven({ watch, given: this.#given, start: this.#start, cursor: this.#cursor, info });
    }
    if ((await this.#neverGiven?.isCounting(connection, info)) === false) this.#neverGiven = null;
  }

  /** Reads everything the stream had when the round began. */
  async *#round(
    connection: RedisConnection,
    info: StreamInfo,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SourceItem[]> {
    const { watch } = this.#source;
    const { lastGeneratedId: to } = info;
    this.#info = info;
    // If the cursor is ahead of the stream, it is a time that the engine has not reached yet, or an entry that the
    // stream has lost.
    if (compareIds(to, this.#cursor) < 0) return;
    const start = this.#cursor;
    if (compareIds(to, start) > 0) {
      await this.#checkLast(connection, info);
      const range = { from: nextId(start), to };
      const trimming = new RangeWatch(range, info, watch);
      // Once entries are counted, the count says more than this check.
      const deletions = this.#counted === null ? new DeletionWatch(range, "oldest-first", info, watch) : null;
      if (this.#counted === null) noteTrimmedBefore(watch, info, start);
      const pages = readRange(connection, range, "oldest-first", info, (page) => {
        trimming.check(page);
        deletions?.check(page);
      });
      try {
        for await (const page of abortable(pages, signal)) {
          const ids = page.flatMap(({ id }) => (id === null ? [] : [id]));
          this.#given.add(ids);
          this.#cursor = ids.at(-1) ?? this.#cursor;
          this.#last = this.#cursor;
          this.#readSince += page.length;
          yield page;
          if (signal.aborted) return;
        }
      } finally {
        deletions?.end(range.from, null);
      }
    }
    // Recreated meanwhile: the next round looks at what it is now.
    if (watch.generation !== this.#generation) return;
    this.#account(info, start);
    this.#cursor = to;
  }

  /**
   * A stream may have lost its newest entries and grown past the reader since. Then the entry read last is not in it.
   */
  async #checkLast(connection: RedisConnection, info: StreamInfo): Promise<void> {
    const last = this.#last;
    if (last === null) return;
    const [page, now] = await Promise.all([connection.range(last, last, 1), connection.info()]);
    if (page.ids.length > 0 || now === null || mayHaveGone(last, now)) return;
    this.#source.watch.foundSetBack(
      `entry ${last}, which was read, is not in it, though it was neither trimmed nor deleted: ${LOST}`,
    );
    await this.#compare(connection, info);
  }

  /** Every entry added since the last round was read, or it is lost. Nothing else counts them. */
  #account({ entriesAdded, maxDeletedId, lastGeneratedId: to }: StreamInfo, start: EntryId): void {
    if (this.#counted !== null && entriesAdded !== null) {
      const lost = entriesAdded - this.#counted - this.#readSince;
      if (lost > 0) {
        const deleted = maxDeletedId !== null && compareIds(maxDeletedId, start) > 0;
        const what = `${lost} entries between ${start} and ${to} were gone before they were read`;
        this.#source.watch.note(deleted ? "deleted" : "trimmed", what);
      }
      if (lost < 0)
        this.#source.watch.note("recreated", `it counts ${-lost} entries fewer than were read up to ${to}: ${LOST}`);
    }
    this.#counted = entriesAdded;
    this.#readSince = 0;
  }
}
