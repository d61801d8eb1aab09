import { compareIds, MAX_ID, MIN_ID, type EntryId } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitRange } from "../src/redis/read/split-range.js";

const ids = fc
  .tuple(fc.integer({ min: 0, max: 10_000 }), fc.nat(3))
  .map(([ms, seq]): EntryId => `${ms}-${seq}` as EntryId);
const state = (length: number | null, firstId: EntryId | null, lastId: EntryId | null) => ({
  length,
  firstId,
  lastId,
  clockMs: null,
});
const LONG = 1_000_000;

describe("a range in parts", () => {
  test("has each ID in exactly one part, in order, and no other ID", () => {
    let split = 0;
    fc.assert(
      fc.property(ids, ids, ids, ids, fc.integer({ min: 2, max: 4 }), ids, (a, b, c, d, count, id) => {
        const [from = a, to = b] = [a, b].sort(compareIds);
        const [first = c, last = d] = [c, d].sort(compareIds);
        const parts = splitRange({ from, to }, state(100 * LONG, first, last), count);
        if (parts === null) return;
        split += 1;
        expect(parts).toHaveLength(count);
        const isIn = (range: { from: EntryId; to: EntryId }): boolean =>
          compareIds(id, range.from) >= 0 && compareIds(id, range.to) <= 0;
        expect(parts.filter(isIn)).toHaveLength(isIn({ from, to }) ? 1 : 0);
        expect(parts.flatMap((part) => [part.from, part.to]).toSorted(compareIds)).toEqual(
          parts.flatMap((part) => [part.from, part.to]),
        );
      }),
      { numRuns: 2000 },
    );
    expect(split).toBeGreaterThan(500);
  });

  test("has equal parts if entries arrive evenly, whatever is asked beyond the ends", () => {
    expect(splitRange({ from: MIN_ID, to: MAX_ID }, state(LONG, "1000-0", "9000-5"), 2)).toEqual([
      { from: MIN_ID, to: "4999-18446744073709551615" },
      { from: "5000-0", to: MAX_ID },
    ]);
  });

  test.each<[string, Parameters<typeof splitRange>]>([
    ["it is short", [{ from: MIN_ID, to: MAX_ID }, state(199_999, "1000-0", "9000-0"), 2]],
    ["it is a small part of a long stream", [{ from: "8000-0", to: MAX_ID }, state(LONG, "1000-0", "9000-0"), 2]],
    ["it is beyond the stream", [{ from: "9500-0", to: MAX_ID }, state(100 * LONG, "1000-0", "9000-0"), 2]],
    ["all of it is from one instant", [{ from: MIN_ID, to: MAX_ID }, state(LONG, "1000-0", "1000-999999"), 2]],
    ["the stream is empty", [{ from: MIN_ID, to: MAX_ID }, state(0, null, null), 2]],
    ["the stream's length is unknown", [{ from: MIN_ID, to: MAX_ID }, state(null, "1000-0", "9000-0"), 2]],
    ["one part is enough", [{ from: MIN_ID, to: MAX_ID }, state(LONG, "1000-0", "9000-0"), 1]],
  ])("is not divided if %s", (_why, given) => {
    expect(splitRange(...given)).toBeNull();
  });
});
