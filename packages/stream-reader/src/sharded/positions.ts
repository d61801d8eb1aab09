import { compareIds, MIN_ID, type EntryId, type ShardMark, type ShardsMark, type StreamMark } from "@qsc/contract";
import type { FollowOptions, Gap, SourceItem } from "../ports/source.js";
import type { Shard } from "./shard.js";
import { lastUpTo, mergedId } from "./shard-id.js";

/** A reading of pages, which has an end of its own in each shard. */
export interface PositionedReading {
  give(page: readonly SourceItem[]): void;
  /** Everything up to the ends has been read, or is not wanted. */
  isRead(): void;
}

/**
 * How far each shard was read. One ID cannot tell: an entry that is written to one shard while another is read may have
 * an earlier ID than what was given. So following continues each shard where its own reading ended.
 */
export class Positions {
  readonly #shards: readonly Shard[];
  readonly #stream: string;
  readonly #gaps: Gap[] = [];
  /** The furthest reading of pages: up to which ID it was asked to read, and the ends of the shards within. */
  #read: { readonly to: EntryId; readonly shards: readonly ShardMark[] } | null = null;
  #mark: ShardsMark | null = null;

  constructor(shards: readonly Shard[], stream: string) {
    this.#shards = shards;
    this.#stream = stream;
  }

  get mark(): ShardsMark | null {
    return this.#mark;
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Begins a reading of pages up to an ID. @param ends the shards as reading begins; null for one without a stream */
  reading(to: EntryId, ends: readonly (StreamMark | null)[]): PositionedReading {
    const shards = this.#shards.map((shard, at) => endWithin(shard, to, ends[at] ?? null));
    let newest: EntryId | null = null;
    const end = shards
      .map(({ id }, at) => (id === MIN_ID ? MIN_ID : mergedEnd(id as EntryId, at, to)))
      .toSorted(compareIds);
    return {
      give: (page) => {
        for (const { id } of page) if (id !== null && (newest === null || compareIds(id, newest) > 0)) newest = id;
        if (this.#read?.shards === shards) this.#mark = { kind: "shards", id: newest ?? to, shards };
      },
      isRead: () => {
        if (this.#read !== null && compareIds(this.#read.to, to) > 0) return;
        this.#read = { to, shards };
        this.#mark = { kind: "shards", id: newest ?? end.at(-1) ?? MIN_ID, shards };
      },
    };
  }

  /** A follower has given entries up to here. */
  follow(mark: ShardsMark | null): void {
    if (mark === null) return;
    this.#mark = mark;
    this.#read = null;
  }

  /** Where each shard is followed from. */
  after(after: EntryId, { resumes = false, mark = null }: FollowOptions): readonly ShardMark[] {
    const bounds = this.#shards.map(({ stream, number }) => ({
      stream,
      id: lastUpTo(after, number) ?? MIN_ID,
      mark: null,
    }));
    if (mark !== null) {
      const why = this.#misfit(mark, resumes ? after : null);
      if (mark.kind === "shards" && why === null) return mark.shards;
      this.#gaps.push({ kind: "recreated", detail: `The stream '${this.#stream}': ${why ?? ""}.` });
      return bounds;
    }
    if (this.#mark?.id === after) return this.#mark.shards;
    const read = this.#read;
    if (read === null || compareIds(read.to, after) < 0) return bounds;
    return bounds.map((bound, at) => {
      const own = read.shards[at];
      return own !== undefined && compareIds(own.id as EntryId, bound.id) <= 0 ? own : bound;
    });
  }

  /** Why a mark does not say where these shards were left; null if it does. */
  #misfit(mark: NonNullable<FollowOptions["mark"]>, after: EntryId | null): string | null {
    const advice = "start with the streams that were read before, in their order";
    if (mark.kind !== "shards")
      return `it cannot be compared with what was read, which was ${mark.kind === "stream" ? "one stream" : "an event log"}, up to ${mark.id}: ${advice}`;
    const read = mark.shards.map(({ stream }) => stream);
    if (read.length !== this.#shards.length || read.some((stream, at) => stream !== this.#shards[at]?.stream))
      return `it cannot be compared with what was read, which was ${read.join(", ")}: ${advice}`;
    if (after === null || mark.id === after) return null;
    return `it cannot be compared with what was read, which was up to ${mark.id}, not ${after}: ${advice}`;
  }
}

/** How far a reading up to a merged ID reads one shard. */
function endWithin({ number, stream }: Shard, to: EntryId, end: StreamMark | null): ShardMark {
  const last = lastUpTo(to, number) ?? MIN_ID;
  if (end === null || end.id === MIN_ID) return { stream, id: MIN_ID, mark: null };
  if (compareIds(end.id as EntryId, last) <= 0) return { stream, id: end.id, mark: end };
  return { stream, id: last, mark: null };
}

/** The merged ID of a shard's end, or of where a reading was to end. */
function mergedEnd(id: EntryId, shard: number, to: EntryId): EntryId {
  return id.endsWith("-18446744073709551615") ? to : mergedId(id, shard);
}
