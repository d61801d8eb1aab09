import { asQscError, compareIds, describeDuration, nextId, QscError, type EntryId, type SourceMark, type StreamMark } from "@qsc/contract";
import { Outage } from "../../ports/outage.js";
import { abortable, isLate, orAbort, pause } from "../../ports/pause.js";
import type { FollowOptions, SourceItem } from "../../ports/source.js";
import type { RedisConnection } from "../connection.js";
import { DeletionWatch } from "./deletion-watch.js";
import { GivenIds } from "./given-ids.js";
import { NeverGiven } from "./never-given.js";
import { RangeWatch } from "./range-watch.js";
import { readRange } from "./read-range.js";
import { removedCount, type StreamInfo } from "./stream-info.js";
import { LOST, whyAnother } from "./stream-identity.js";
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
  readonly label: string;
  readonly watch: StreamWatch;
  /** How long a source may take to answer before that counts as an outage, while the answer is still waited for. */
  readonly patienceMs: number;
  /** A connection that is open; the same one while it lasts. */
  connected(): Promise<RedisConnection>;
  /** Gives the connection up, so that the next one is new. */
  disconnected(): void;
  /** The error of a stream that is not there. */
  missing(): QscError;
}

/** A connection, and how the stream stands; null where it is not there. */
interface Seen {
  readonly connection: RedisConnection;
  readonly info: StreamInfo | null;
}

/**
 * Follows a stream by polling, because blocking reads of ioredis have hung after a reconnect. The
 * cursor moves only over pages that were given out, and never back: neither a lost connection nor a
 * stream that was set back makes it repeat anything.
 */
export class StreamFollower {
  readonly #source: Followed;
  readonly #start: EntryId;
  readonly #given = new GivenIds();
  #cursor: EntryId;
  /** The entry that was given out last, by this follower or the one that it resumes; null while there is none. */
  #last: EntryId | null = null;
  /** Whether the stream has yet to show that it reaches the cursor. */
  #isToBeFound = false;
  #generation: number;
  /** What is never given since the stream was set back; null where it was not, or has grown past the cursor. */
  #neverGiven: NeverGiven | null = null;
  /** `entries-added` when everything up to the last round's end was read; null while unknown. */
  #counted: number | null = null;
  #readSince = 0;
  /** The stream when the round under way began; null before the first. */
  #info: StreamInfo | null = null;
  /** What is to be made sure of at the first look. */
  #resumed: StreamMark | null = null;

  constructor(source: Followed, after: EntryId) {
    this.#source = source;
    this.#start = after;
    this.#cursor = after;
    this.#generation = source.watch.generation;
  }

  /** How the stream was seen when the last page was given; null before the first. */
  mark(): StreamMark | null {
    const info = this.#info;
    if (info === null || this.#last === null) return null;
    const { firstId, lastGeneratedId: endId, maxDeletedId: deletedId } = info;
    const atEnd = this.#last === endId ? info.entriesAdded : null;
    const added = this.#counted === null ? atEnd : this.#counted + this.#readSince;
    return { kind: "stream", id: this.#last, added, firstId, endId, deletedId };
  }

  async *pages(options: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    const { signal, resumes = false, mark = null } = options;
    const outage = new Outage(options);
    if (resumes) this.#resume(mark);
    let onCaughtUp = options.onCaughtUp;
    let wait = POLL_MS;
    while (!signal.aborted) {
      try {
        const { connection, info } = await this.#look(outage, signal);
        if (info === null) throw this.#source.missing();
        outage.ends();
        wait = POLL_MS;
        await this.#compare(connection, info);
        yield* this.#round(connection, info, signal);
        if (isOver(signal)) return;
        onCaughtUp?.();
        onCaughtUp = undefined;
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

  /** A mark of another source, or of another entry, proves nothing: such a source is not the one that was read. */
  #resume(mark: SourceMark | null): void {
    this.#last = this.#cursor;
    this.#isToBeFound = true;
    if (mark === null) return;
    if (mark.kind === "stream" && mark.id === this.#cursor) {
      this.#resumed = mark;
      this.#counted = mark.added;
    } else {
      const what = mark.kind === "stream" ? `entry ${mark.id} of a stream` : "an event log";
      this.#source.watch.foundSetBack(`it cannot be compared with what was read, which was ${what}, up to ${this.#cursor}: start with the source that was read`);
    }
  }

  /** An answer that is slow is an outage before it is there: whoever follows learns of it in time. */
  async #look(outage: Outage, signal: AbortSignal): Promise<Seen> {
    const { label, patienceMs } = this.#source;
    const looking = this.#ask();
    if (await isLate(looking, patienceMs, signal)) {
      outage.begins(new QscError("source_timeout", `${label} has not answered for ${describeDuration(patienceMs)}, and is waited for; see whether it hangs, and the network.`));
    }
    return orAbort(looking, signal);
  }

  async #ask(): Promise<Seen> {
    const connection = await this.#source.connected();
    return { connection, info: await connection.info() };
  }

  /** A stream that was set back, or recreated, is resumed after the last entry delivered. */
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

  /** Reads all that the stream had when the round began. */
  async *#round(
    connection: RedisConnection,
    info: StreamInfo,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SourceItem[]> {
    const { watch } = this.#source;
    const { lastGeneratedId: to } = info;
    this.#info = info;
    // A cursor ahead of the stream is a time that the engine has not reached yet, or an entry that the stream has lost.
    if (compareIds(to, this.#cursor) < 0) return;
    const start = this.#cursor;
    if (compareIds(to, start) > 0) {
      await this.#checkLast(connection, info);
      const range = { from: nextId(start), to };
      const trimming = new RangeWatch(range, info, watch);
      // Once entries are counted, the count tells more than this.
      const deletions = this.#counted === null ? new DeletionWatch(range, "oldest-first", info, watch) : null;
      if (this.#counted === null) this.#checkReached(info, start);
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
    // Made again in the meantime: the next round looks at what it has become.
    if (watch.generation !== this.#generation) return;
    this.#account(info, start);
    this.#cursor = to;
  }

  /** A stream may have lost its tail and grown past the reader since: the entry read last is not in it then. */
  async #checkLast(connection: RedisConnection, info: StreamInfo): Promise<void> {
    const last = this.#last;
    if (last === null) return;
    const [page, now] = await Promise.all([connection.range(last, last, 1), connection.info()]);
    if (page.ids.length > 0 || now === null || mayHaveGone(last, now)) return;
    this.#source.watch.foundSetBack(`entry ${last}, which was read, is not in it, and was neither trimmed nor deleted: ${LOST}`);
    await this.#compare(connection, info);
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
      if (lost < 0) this.#source.watch.note("recreated", `it counts ${-lost} entries fewer than were read up to ${to}: ${LOST}`);
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

/** Whether an entry that is not there may have been trimmed or deleted. */
function mayHaveGone(id: EntryId, { firstId, maxDeletedId }: StreamInfo): boolean {
  const isTrimmed = firstId === null || compareIds(firstId, id) > 0;
  return isTrimmed || maxDeletedId === null || compareIds(maxDeletedId, id) >= 0;
}
