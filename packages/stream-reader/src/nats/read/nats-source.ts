import { MAX_ID, type EntryId, type JetStreamMark, type SourceMark } from "@qsc/contract";
import { checkedLimit } from "../../ports/paging.js";
import type {
  EventSource,
  FollowOptions,
  Gap,
  IdRange,
  SequenceRange,
  SourceItem,
  SourcePart,
  SourceState,
} from "../../ports/source.js";
import type { Timeouts } from "../../ports/timeouts.js";
import type { NatsLocation } from "../location.js";
import { divide } from "./divide.js";
import { sequencesOf } from "./find.js";
import { StreamFollower } from "./follow.js";
import { Losses } from "./losses.js";
import { newestWithId } from "./newest-id.js";
import { readBackward, readOldestFirst, type Reading } from "./read-sequences.js";
import { Session } from "./session.js";

/** One stream of JetStream as a source. */
export class NatsSource implements EventSource {
  readonly label: string;
  readonly stream: string;
  readonly ordering = "by-id";
  readonly live = true;
  readonly #timeouts: Timeouts;
  readonly #session: Session;
  readonly #losses: Losses;
  readonly #partOf: (sequences: SequenceRange, range: IdRange) => SourcePart;
  #follower: StreamFollower | null = null;

  constructor(
    location: NatsLocation,
    stream: string,
    timeouts: Timeouts,
    partOf: (sequences: SequenceRange, range: IdRange) => SourcePart,
  ) {
    this.label = location.label;
    this.stream = stream;
    this.#timeouts = timeouts;
    this.#session = new Session(location, stream, timeouts);
    this.#losses = new Losses(stream);
    this.#partOf = partOf;
  }

  /** Connects, logs in, and checks that the stream, if it exists, is one that shows its losses. */
  async open(): Promise<void> {
    try {
      await this.#session.look();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async state(): Promise<SourceState> {
    const { connection, state } = await this.#session.existing();
    const newest = await newestWithId(connection, state);
    const oldest = state.messages === 0 ? null : await connection.next(state.first);
    return {
      length: state.messages,
      firstId: oldest?.item.id ?? null,
      lastId: newest?.item.id ?? null,
      endId: newest?.sequence === state.last ? newest.item.id : null,
      // Anyone who may publish chooses the ID of the newest message, so that none of them bounds what is there.
      boundId: MAX_ID,
      clock: await connection.time(),
    };
  }

  async *pages(
    range: IdRange,
    order: "oldest-first" | "newest-first" = "oldest-first",
    limit: number = Infinity,
  ): AsyncGenerator<readonly SourceItem[]> {
    const most = checkedLimit(limit);
    const { connection, state: start } = await this.#session.existing();
    const sequences = await sequencesOf(connection, start, range);
    const reading: Reading = { connection, sequences, range, start, losses: this.#losses };
    try {
      yield* order === "newest-first" ? readBackward(reading, most) : readOldestFirst(reading, most);
    } finally {
      await this.#compare(start.created);
    }
  }

  /** The stream when reading has ended must be the one that it was. */
  async #compare(created: string): Promise<void> {
    const { state } = await this.#session.look();
    if (state?.created !== created) this.#losses.recreated("it was deleted, or replaced by another, while it was read");
  }

  async parts(range: IdRange, count: number, leastEntries?: number): Promise<readonly SourcePart[] | null> {
    const { connection, state } = await this.#session.existing();
    const divided = await divide(connection, state, range, { count, leastEntries });
    return divided?.map((sequences) => this.#partOf(sequences, range)) ?? null;
  }

  async *follow(after: EntryId, options: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    this.#session.assertOpen();
    const signal = AbortSignal.any([options.signal, this.#session.closing]);
    const follower = new StreamFollower({
      session: this.#session,
      losses: this.#losses,
      patienceMs: this.#timeouts.connectMs,
      after,
      known: this.#given,
    });
    this.#follower = follower;
    yield* follower.pages({ ...options, signal });
  }

  mark(): SourceMark | null {
    return this.#follower?.mark() ?? null;
  }

  /** The last entry that was given to anyone who followed. */
  get #given(): JetStreamMark | null {
    return this.#follower?.mark() ?? this.#follower?.known ?? null;
  }

  gaps(): readonly Gap[] {
    return this.#losses.gaps;
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
