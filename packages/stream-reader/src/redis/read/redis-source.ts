import { compareIds, QscError, type EntryId, type StreamMark } from "@qsc/contract";
import type {
  ClockReading,
  Gap,
  IdRange,
  SeenStream,
  SourceItem,
  SourcePart,
  SourceState,
} from "../../ports/source.js";
import type { PartOfStream, ShardFollowOptions, ShardSource } from "../../ports/shard.js";
import type { Timeouts } from "../../ports/timeouts.js";
import { QuickReader } from "../../fast-path/quick-reader.js";
import { connect, type RedisConnection } from "../connection.js";
import { redisError } from "../errors.js";
import { StreamFollower } from "./follow.js";
import type { RedisLocation } from "../location.js";
import { checkedLimit } from "../../ports/paging.js";
import type { Order } from "./read-range.js";
import { readWatched } from "./read-watched.js";
import { entryReader, noteLostSince, requireSeen, seenStream } from "./seen-stream.js";
import { splitRange } from "./split-range.js";
import type { StreamInfo } from "./stream-info.js";
import { StreamWatch } from "./stream-watch.js";
import { namingType } from "../wrong-type.js";

/** How to divide a source among threads. */
export interface Division {
  /** How another thread opens this source to read a part of a range. */
  readonly partOf: (part: IdRange, whole: IdRange, seen: SeenStream) => SourcePart;
  /** The part that this source reads; null if it is opened for itself. */
  readonly part?: PartOfStream | null;
  /** With fewer entries, dividing is not worth it. */
  readonly leastEntries?: number;
}

/** One Redis Stream as a source. It needs +xrange +xrevrange +xinfo +type +time on its key. */
export class RedisSource implements ShardSource {
  readonly label: string;
  readonly stream: string;
  readonly ordering = "by-id";
  readonly live = true;
  readonly #location: RedisLocation;
  readonly #timeouts: Timeouts;
  readonly #division: Division;
  readonly #watch: StreamWatch;
  readonly #reader = new QuickReader();
  readonly #closing = new AbortController();
  #connection: RedisConnection | null = null;
  #connecting: Promise<RedisConnection> | null = null;
  #follower: StreamFollower | null = null;
  /** Whether the stream is the one of which this source reads a part. */
  #isSame = false;

  constructor(location: RedisLocation, stream: string, timeouts: Timeouts, division: Division) {
    this.label = location.label;
    this.stream = stream;
    this.#location = location;
    this.#timeouts = timeouts;
    this.#division = division;
    this.#watch = new StreamWatch(stream);
  }

  /** Connects, logs in, and checks that the key, if it exists, is a stream that this user may read. */
  async open(): Promise<void> {
    const connection = await this.#connected();
    try {
      await this.#named(connection, () => connection.info());
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async state(): Promise<SourceState> {
    const { connection, info } = await this.#look();
    const { length, firstId, lastId, lastGeneratedId: endId } = info;
    return { length, firstId, lastId, endId, clock: await clockOf(connection) };
  }

  async *pages(
    { from, to }: IdRange,
    order: Order = "oldest-first",
    limit: number = Infinity,
  ): AsyncGenerator<readonly SourceItem[]> {
    const { connection, info } = await this.#look();
    // Entries added from now on have later IDs than any that was given.
    const end = earlier(to, info.lastGeneratedId);
    if (compareIds(from, end) > 0) return;
    const range = { from, to: end };
    const { part = null } = this.#division;
    const whole = part === null ? range : { from: part.whole.from, to: earlier(part.whole.to, info.lastGeneratedId) };
    if (part?.seen) noteLostSince(part.seen, range, info, this.#watch);
    yield* readWatched(connection, {
      range,
      whole,
      order,
      limit: checkedLimit(limit),
      start: info,
      watch: this.#watch,
    });
  }

  async parts(
    range: IdRange,
    count: number,
    leastEntries: number | undefined = this.#division.leastEntries,
  ): Promise<readonly SourcePart[] | null> {
    const { partOf } = this.#division;
    const { connection, info } = await this.#look();
    const split = splitRange(range, info, count, leastEntries);
    if (split === null) return null;
    const seen = await seenStream(this.stream, info, entryReader(connection, info));
    return split.map((part) => partOf(part, range, seen));
  }

  async seen(): Promise<SeenStream> {
    const { connection, info } = await this.#look();
    return seenStream(this.stream, info, entryReader(connection, info));
  }

  async *follow(after: EntryId, options: ShardFollowOptions): AsyncGenerator<readonly SourceItem[]> {
    this.#assertOpen();
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const follower = new StreamFollower(
      {
        label: this.label,
        watch: this.#watch,
        patienceMs: this.#timeouts.connectMs,
        connected: () => this.#connected(),
        disconnected: () => {
          this.#disconnect();
        },
        missing: () => this.#missing(),
      },
      after,
    );
    this.#follower = follower;
    yield* follower.pages({ ...options, signal });
  }

  mark(): StreamMark | null {
    return this.#follower?.mark() ?? null;
  }

  async end(): Promise<StreamMark> {
    const { info } = await this.#look();
    const { entriesAdded: added, firstId, lastGeneratedId: id, maxDeletedId: deletedId } = info;
    return { kind: "stream", id, added, firstId, endId: id, deletedId };
  }

  gaps(): readonly Gap[] {
    return this.#watch.gaps;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    // A connection that is still being made closes itself: see #connect.
    await this.#connecting?.catch(() => undefined);
    this.#disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A connection and the stream's state. @throws QscError `source_missing` and others */
  async #look(): Promise<{ readonly connection: RedisConnection; readonly info: StreamInfo }> {
    const connection = await this.#connected();
    const info = await this.#named(connection, () => connection.info());
    if (info === null) throw this.#missing();
    const seen = this.#division.part?.seen ?? null;
    if (seen !== null && !this.#isSame) {
      await requireSeen(seen, this.label, info, entryReader(connection, info));
      this.#isSame = true;
    }
    return { connection, info };
  }

  /** The connection; a new one if there is none or the last one was lost. */
  async #connected(): Promise<RedisConnection> {
    this.#assertOpen();
    if (this.#connection?.isOpen === true) return this.#connection;
    this.#disconnect();
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  async #connect(): Promise<RedisConnection> {
    try {
      const connection = await connect(this.#location, {
        stream: this.stream,
        timeouts: this.#timeouts,
        observe: (info) => {
          this.#watch.observe(info);
        },
        reader: this.#reader,
        ends: this.#closing.signal,
      });
      this.#connection = connection;
      return connection;
    } catch (error) {
      this.#assertOpen();
      throw error;
    } finally {
      this.#connecting = null;
      if (this.#closing.signal.aborted) this.#disconnect();
    }
  }

  #disconnect(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  #named<T>(connection: RedisConnection, question: () => Promise<T>): Promise<T> {
    return namingType(this, () => connection.type(), question);
  }

  #missing(): QscError {
    const asked = { label: this.label, stream: this.stream };
    return redisError(asked, new Error("ERR no such key"));
  }

  #assertOpen(): void {
    if (!this.#closing.signal.aborted) return;
    throw new QscError("internal", `The source ${this.label} was read after it was closed.`);
  }
}

function earlier(a: EntryId, b: EntryId): EntryId {
  return compareIds(a, b) < 0 ? a : b;
}

/** The server's clock when its answer arrives. It was read at some moment in between. */
async function clockOf(connection: RedisConnection): Promise<ClockReading> {
  const asked = performance.now();
  const ms = await connection.time();
  // Plus one: the server's milliseconds are truncated, not rounded.
  return { lowMs: ms, highMs: ms + Math.ceil(performance.now() - asked) + 1 };
}
