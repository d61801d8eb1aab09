import { compareIds, QscError, type EntryId } from "@qsc/contract";
import type {
  EventSource,
  FollowOptions,
  Gap,
  IdRange,
  SourceItem,
  SourcePart,
  SourceState,
} from "../port.js";
import type { Timeouts } from "./client.js";
import { QuickReader } from "../quick/quick-reader.js";
import { connect, type RedisConnection } from "./connection.js";
import { redisError } from "./errors.js";
import { StreamFollower } from "./follow.js";
import type { RedisLocation } from "./location.js";
import { noteRemoved, RangeWatch, ReverseWatch } from "./range-watch.js";
import { readRange, type Order } from "./read-range.js";
import { splitRange } from "./split-range.js";
import type { StreamInfo } from "./stream-info.js";
import { StreamWatch } from "./stream-watch.js";
import { namingType } from "./wrong-type.js";

/** One Redis Stream as a source. It needs +xrange +xrevrange +xinfo +type +time on its key. */
export class RedisSource implements EventSource {
  readonly label: string;
  readonly stream: string;
  readonly ordering = "by-id";
  readonly live = true;
  readonly #location: RedisLocation;
  readonly #timeouts: Timeouts;
  readonly #partOf: (range: IdRange) => SourcePart;
  readonly #watch: StreamWatch;
  readonly #reader = new QuickReader();
  readonly #closing = new AbortController();
  #connection: RedisConnection | null = null;
  #connecting: Promise<RedisConnection> | null = null;

  /** @param partOf how another thread opens this source to read a range */
  constructor(location: RedisLocation, stream: string, timeouts: Timeouts, partOf: (range: IdRange) => SourcePart) {
    this.label = location.label;
    this.stream = stream;
    this.#location = location;
    this.#timeouts = timeouts;
    this.#partOf = partOf;
    this.#watch = new StreamWatch(stream);
  }

  /** Connects, logs in, and makes sure that the key, if it exists, is a stream this user may read. */
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
    const connection = await this.#connected();
    const info = await this.#named(connection, () => connection.info());
    if (info === null) throw this.#missing();
    const { length, firstId, lastId } = info;
    return { length, firstId, lastId, clockMs: await connection.time() };
  }

  async *pages(
    { from, to }: IdRange,
    order: Order = "oldest-first",
  ): AsyncGenerator<readonly SourceItem[]> {
    const connection = await this.#connected();
    const info = await this.#named(connection, () => connection.info());
    if (info === null) throw this.#missing();
    // What is added from now on has a later ID than any that was given.
    const end = compareIds(to, info.lastGeneratedId) > 0 ? info.lastGeneratedId : to;
    if (compareIds(from, end) > 0) return;
    const range = { from, to: end };
    const watch =
      order === "oldest-first"
        ? new RangeWatch(range, info, this.#watch)
        : new ReverseWatch(range, this.#watch);
    let seen: StreamInfo | null = null;
    yield* readRange(connection, range, order, info, (page) => {
      watch.check(page);
      if (order === "oldest-first" && seen === null) noteRemoved(this.#watch, from, page.info);
      seen = page.info;
    });
    // Fetched is not read: only now has the reader of the newest come down to the oldest.
    if (order === "newest-first") noteRemoved(this.#watch, from, seen);
  }

  async parts(range: IdRange, count: number): Promise<readonly SourcePart[] | null> {
    return splitRange(range, await this.state(), count)?.map(this.#partOf) ?? null;
  }

  async *follow(after: EntryId, options: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    this.#assertOpen();
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const follower = new StreamFollower(
      {
        watch: this.#watch,
        connected: () => this.#connected(),
        disconnected: () => {
          this.#disconnect();
        },
        missing: () => this.#missing(),
      },
      after,
    );
    yield* follower.pages({ ...options, signal });
  }

  gaps(): readonly Gap[] {
    return this.#watch.gaps;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    // One that is still being made closes itself: see #connect.
    await this.#connecting?.catch(() => undefined);
    this.#disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The connection; a new one when there is none, or the last one was lost. */
  async #connected(): Promise<RedisConnection> {
    this.#assertOpen();
    if (this.#connection?.isOpen === true) return this.#connection;
    this.#disconnect();
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  async #connect(): Promise<RedisConnection> {
    try {
      const connection = await connect(this.#location, this.stream, this.#timeouts, (info) => {
        this.#watch.observe(info);
      }, this.#reader);
      this.#connection = connection;
      return connection;
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
