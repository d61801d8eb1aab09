import { compareIds, MIN_ID, QscError, type EntryId, type ShardsMark, type StreamMark } from "@qsc/contract";
import { checkedLimit } from "../ports/paging.js";
import type {
  ClockReading,
  EventSource,
  FollowOptions,
  Gap,
  IdRange,
  SeenStream,
  ShardState,
  SourceItem,
  SourcePart,
  SourceState,
} from "../ports/source.js";
import { splitRange } from "../redis/read/split-range.js";
import { mergePages } from "./merge-pages.js";
import { MergedFollower } from "./merged-follower.js";
import { Positions } from "./positions.js";
import type { Shard } from "./shard.js";
import { firstFrom, lastUpTo, mergedId } from "./shard-id.js";

/** What a source of shards is made of. */
export interface ShardedOptions {
  readonly shards: readonly Shard[];
  /** The text that names all keys. */
  readonly stream: string;
  readonly verifies: boolean;
  /** How another thread opens this source to read a part of a range. */
  readonly partOf: (part: IdRange, whole: IdRange, seen: readonly SeenStream[]) => SourcePart;
  /** Whether it reads a part: then a shard without a stream is an error, since only the whole source can say so. */
  readonly isPart: boolean;
  /** With fewer entries, dividing is not worth it. */
  readonly leastEntries?: number;
}

/** Several streams as one source: their entries in the order of time, under IDs that name the shard (`mergedId`). */
export class ShardedSource implements EventSource {
  readonly label: string;
  readonly stream: string;
  readonly ordering = "by-id";
  readonly live = true;
  readonly verifies: boolean;
  readonly #shards: readonly Shard[];
  readonly #options: ShardedOptions;
  readonly #positions: Positions;
  readonly #closing = new AbortController();

  constructor(label: string, options: ShardedOptions) {
    this.label = label;
    this.stream = options.stream;
    this.verifies = options.verifies;
    this.#shards = options.shards;
    this.#options = options;
    this.#positions = new Positions(this.#shards, options.stream);
  }

  async state(): Promise<SourceState> {
    const asked = await this.#ask(async ({ source }) => ({ state: await source.state(), atMs: performance.now() }));
    const now = performance.now();
    const ids = (of: (state: SourceState) => EntryId | null): readonly EntryId[] =>
      asked.flatMap((answer, shard) => {
        const id = answer === null ? null : of(answer.state);
        return id === null || id === MIN_ID ? [] : [mergedId(id, shard)];
      });
    asked.forEach((answer, shard) => {
      if (answer !== null && answer.state.lastId !== null) this.#shards[shard]?.meet(answer.state.lastId);
    });
    return {
      length: asked.reduce((sum, answer) => sum + (answer?.state.length ?? 0), 0),
      firstId: ids(({ firstId }) => firstId).toSorted(compareIds)[0] ?? null,
      lastId:
        ids(({ lastId }) => lastId)
          .toSorted(compareIds)
          .at(-1) ?? null,
      endId:
        ids(({ endId }) => endId)
          .toSorted(compareIds)
          .at(-1) ?? MIN_ID,
      clock: clockOf(
        asked.flatMap((answer) => (answer?.state.clock ? [later(answer.state.clock, now - answer.atMs)] : [])),
      ),
    };
  }

  /** Each shard is read up to where it ends when reading begins. */
  async *pages(
    { from, to }: IdRange,
    order: "oldest-first" | "newest-first" = "oldest-first",
    limit: number = Infinity,
  ): AsyncGenerator<readonly SourceItem[]> {
    checkedLimit(limit);
    const ends = await this.#ask(({ source }) => source.end());
    const reading = this.#positions.reading(to, ends);
    if (order === "newest-first") reading.isRead();
    const readings = this.#shards.flatMap((shard, at) => {
      const range = rangeIn(shard.number, { from, to }, ends[at] ?? null);
      return range === null ? [] : [this.#pagesOf(shard, range, order, limit)];
    });
    for await (const page of mergePages(readings, order, limit)) {
      reading.give(page);
      yield page;
    }
    reading.isRead();
  }

  async parts(
    range: IdRange,
    count: number,
    leastEntries: number | undefined = this.#options.leastEntries,
  ): Promise<readonly SourcePart[] | null> {
    const state = await this.state();
    if (this.#shards.some(({ problem }) => problem !== null)) return null;
    const { partOf } = this.#options;
    const split = splitRange(range, state, count, leastEntries);
    if (split === null) return null;
    const seen = await Promise.all(this.#shards.map(({ source }) => source.seen()));
    return split.map((part) => partOf(part, range, seen));
  }

  async *follow(after: EntryId, options: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    this.#assertOpen();
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const follower = new MergedFollower(this.#shards, this.#positions.after(after, options), after);
    for await (const page of follower.pages({ ...options, signal })) {
      this.#positions.follow(follower.mark());
      yield page;
    }
  }

  mark(): ShardsMark | null {
    return this.#positions.mark;
  }

  gaps(): readonly Gap[] {
    return [...this.#positions.gaps, ...this.#shards.flatMap(({ source }) => source.gaps())];
  }

  shards(): readonly ShardState[] {
    return this.#shards.map(({ state }) => state);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#shards.map(({ source }) => source.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A shard that is deleted after it was asked where it ends: what it has lost is a gap. */
  async *#pagesOf(
    shard: Shard,
    range: IdRange,
    order: "oldest-first" | "newest-first",
    limit: number,
  ): AsyncGenerator<readonly SourceItem[]> {
    const pages = shard.source.pages(range, order, limit)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const result = await this.#askOne(shard, () => pages.next());
        if (result === null || result.done === true) return;
        yield shard.merged(result.value);
      }
    } finally {
      await pages.return?.(undefined);
    }
  }

  /** Every shard's answer; null for one that is missing or no stream. @throws QscError if that is true of all */
  async #ask<T>(question: (shard: Shard) => Promise<T>): Promise<readonly (T | null)[]> {
    this.#assertOpen();
    const answers = await Promise.all(this.#shards.map((shard) => this.#askOne(shard, () => question(shard))));
    const [first] = this.#shards;
    if (answers.every((answer) => answer === null) && first !== undefined && first.problem !== null)
      throw first.problem;
    return answers;
  }

  async #askOne<T>(shard: Shard, question: () => Promise<T>): Promise<T | null> {
    const answer = await shard.ask(question);
    if (answer === null && this.#options.isPart && shard.problem !== null) throw shard.problem;
    return answer;
  }

  #assertOpen(): void {
    if (!this.#closing.signal.aborted) return;
    throw new QscError("internal", `The source ${this.label} was read after it was closed.`);
  }
}

/** A range in the IDs of one shard, up to where that ends; null if it is empty. */
function rangeIn(shard: number, { from, to }: IdRange, end: StreamMark | null): IdRange | null {
  const last = lastUpTo(to, shard);
  if (end === null || last === null) return null;
  const range = {
    from: firstFrom(from, shard),
    to: compareIds(last, end.endId as EntryId) < 0 ? last : (end.endId as EntryId),
  };
  return compareIds(range.from, range.to) > 0 ? null : range;
}

/** An answer that has waited for others: the clock has gone on since. */
function later({ lowMs, highMs }: ClockReading, ms: number): ClockReading {
  return { lowMs: lowMs + Math.floor(ms), highMs: highMs + Math.ceil(ms) };
}

/** The bounds of all clocks: within a limit only if each of them is. Null if there is none. */
function clockOf(clocks: readonly ClockReading[]): ClockReading | null {
  if (clocks.length === 0) return null;
  return {
    lowMs: Math.min(...clocks.map(({ lowMs }) => lowMs)),
    highMs: Math.max(...clocks.map(({ highMs }) => highMs)),
  };
}
