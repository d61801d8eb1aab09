import { firstIdAt, type EntryId, type SourceMark } from "@qsc/contract";
import type { ShardState } from "@qsc/stream-reader";
import { ShardTally } from "@qsc/violations";
import { expect, test } from "vitest";
import { WatchedShards } from "../../src/watch/watched-shards.js";

const CUTOVER = 1000;
const id = (ms: number, shard: number): EntryId => `${ms}-${shard}` as EntryId;
const mark = { kind: "stream" as const, added: 1, firstId: null, endId: "0-0", deletedId: null };
const MARK: SourceMark = {
  kind: "shards",
  id: id(1500, 0),
  shards: [
    { stream: "a", id: "1500-0", mark: { ...mark, id: "1500-0" } },
    { stream: "b", id: "1200-0", mark: null },
  ],
};
const state = (stream: string, newestMs: number | null): ShardState => ({ stream, problem: null, newestMs, lateMs: 0 });
const STATES = [state("a", 1500), state("b", 1200)];

test("in one stream, an earlier run has counted everything up to its cursor", () => {
  const shards = new WatchedShards(CUTOVER, firstIdAt(1500), null);
  expect(shards.of(id(1600, 1))).toBe(0);
  expect(shards.isKnown(firstIdAt(1500), firstIdAt(1500))).toBe(true);
  expect(shards.isKnown(firstIdAt(1501), firstIdAt(1500))).toBe(false);
  expect(shards.isKnown(firstIdAt(1500), null)).toBe(false);
  expect(shards.context(new ShardTally(0))).toBeNull();
});

test("in shards, it has counted each up to where its mark says: a late entry of one counts", () => {
  const shards = new WatchedShards(CUTOVER, id(1500, 0), MARK);
  shards.see(STATES);
  expect(shards.of(id(1600, 1))).toBe(1);
  expect(shards.isKnown(id(1500, 0), id(1500, 0))).toBe(true);
  expect(shards.isKnown(id(1200, 1), id(1500, 0))).toBe(true);
  expect(shards.isKnown(id(1201, 1), id(1500, 0))).toBe(false);
  expect(shards.isKnown(id(1201, 1), null)).toBe(false);
});

test("without a mark, what is not later than the cursor counts as read", () => {
  const shards = new WatchedShards(CUTOVER, id(1500, 0), null);
  shards.see(STATES);
  expect(shards.isKnown(id(1201, 1), id(1500, 0))).toBe(true);
  expect(shards.isKnown(id(1500, 1), id(1500, 0))).toBe(false);
});

test("a shard is expected to speak since the cutover, or since an earlier run heard it last", () => {
  const tally = new ShardTally(10_000);
  const first = new WatchedShards(CUTOVER, null, null);
  first.see(STATES);
  tally.add(0, 1500);
  expect(first.context(tally)).toMatchObject([
    { stream: "a", sinceMs: CUTOVER, firstMs: 1500, lastMs: 1500 },
    { stream: "b", sinceMs: CUTOVER, firstMs: null, lastMs: null },
  ]);
  const again = new WatchedShards(CUTOVER, id(1500, 0), MARK);
  again.see([state("a", 1500), state("b", 900)]);
  // Later answers of the source are no decisions of this run.
  again.see([state("a", 1800), state("b", 1900)]);
  expect(again.context(new ShardTally(10_000))).toMatchObject([
    { stream: "a", sinceMs: null, firstMs: null, lastMs: 1500 },
    { stream: "b", sinceMs: CUTOVER, firstMs: null, lastMs: null },
  ]);
});
