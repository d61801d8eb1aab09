import { idTime, lastIdAt, type EntryId } from "@qsc/contract";
import type { EventSource, FollowOptions, IdRange, RawEntry, SourceItem } from "../../src/index.js";
import { ownId } from "../../src/sharded/shard-id.js";

/**
 * A source of shards with the IDs that the entries were written under, for a suite that writes one entry a millisecond:
 * then the merged order is that of the times, whatever the shard.
 */
export function underOwnIds(source: EventSource): EventSource {
  const back = (pages: AsyncIterable<readonly SourceItem[]>): AsyncIterable<readonly SourceItem[]> => own(pages);
  return {
    ...source,
    state: async () => {
      const state = await source.state();
      const [firstId, lastId, endId] = [state.firstId, state.lastId, state.endId].map((id) =>
        id === null ? null : ownId(id),
      );
      return { ...state, firstId: firstId ?? null, lastId: lastId ?? null, endId: endId ?? null };
    },
    pages: (range, order, limit) => back(source.pages(valid(range) ? merged(range) : range, order, limit)),
    follow: (after, options) => back(source.follow(isId(after) ? end(after) : after, withMark(options, after))),
    mark: () => source.mark?.() ?? null,
  };
}

/** Of one entry a millisecond, the end of its millisecond in any shard. */
function end(id: EntryId): EntryId {
  return id.endsWith("-0") ? lastIdAt(idTime(id)) : id;
}

function merged({ from, to }: IdRange): IdRange {
  const [ms = "", seq = ""] = to.split("-");
  return { from, to: seq.length > 15 ? to : (`${ms}-${seq === "0" ? "999" : `${seq}999`}` as EntryId) };
}

/** A mark names the newest entry under its merged ID; the suite resumes after its time. */
function withMark(options: FollowOptions, after: EntryId): FollowOptions {
  const { mark } = options;
  return mark?.kind === "shards" && idTime(mark.id as EntryId) === idTime(after)
    ? { ...options, mark: { ...mark, id: end(after) } }
    : options;
}

function valid(range: IdRange): boolean {
  return isId(range.from) && isId(range.to);
}

function isId(id: unknown): id is EntryId {
  return typeof id === "string" && /^(0|[1-9]\d*)-(0|[1-9]\d*)$/.test(id);
}

async function* own(pages: AsyncIterable<readonly SourceItem[]>): AsyncGenerator<readonly SourceItem[]> {
  for await (const page of pages) {
    yield page.map((item): SourceItem => {
      if (item.id === null) return item;
      const id = ownId(item.id);
      return item.kind === "rejected" ? { ...item, id } : { kind: "entry", id, place: item.place, fields: item.fields };
    });
  }
}

/** The keys of some shards, and the shard of an entry by its time. */
export function shardKeys(count: number, name = "intent"): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${name}:${at}`);
}

/** The entries of each shard, spread by their times. */
export function spread(entries: readonly RawEntry[], count: number): readonly (readonly RawEntry[])[] {
  return Array.from({ length: count }, (_, shard) => entries.filter(({ id }) => idTime(id) % count === shard));
}
