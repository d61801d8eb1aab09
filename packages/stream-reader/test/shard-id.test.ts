import { compareIds, firstIdAt, lastIdAt, MAX_ID, MIN_ID, type EntryId } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ownId, shardOf } from "../src/index.js";
import { firstFrom, lastUpTo, mergedId } from "../src/sharded/shard-id.js";

const own = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 990, max: 2010 })))
  .map(([ms, seq]) => `${ms}-${seq}` as EntryId);
const shard = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(99, 255));
const bound = fc.oneof(
  own,
  own.map((id) => mergedId(id, 3)),
  fc.constantFrom(MIN_ID, MAX_ID, lastIdAt(2), firstIdAt(3)),
);

describe("the ID of a shard's entry in the merged stream", () => {
  test("names time, sequence number and shard", () => {
    expect(mergedId("1763818338282-0", 3)).toBe("1763818338282-3");
    expect(mergedId("1763818338282-12", 3)).toBe("1763818338282-12003");
    expect(mergedId("1763818338282-1", 0)).toBe("1763818338282-1000");
  });

  test("gives back the shard and the entry's own ID, and orders by time, sequence number and shard", () => {
    fc.assert(
      fc.property(own, shard, own, shard, (a, of, b, ofOther) => {
        expect(ownId(mergedId(a, of))).toBe(a);
        expect(shardOf(mergedId(a, of))).toBe(of);
        const [order, ofOwn] = [compareIds(mergedId(a, of), mergedId(b, ofOther)), compareIds(a, b)];
        expect(Math.sign(order)).toBe(Math.sign(ofOwn === 0 ? of - ofOther : ofOwn));
      }),
      { numRuns: 3000 },
    );
  });

  test("has bounds in the shard that keep exactly the entries within", () => {
    fc.assert(
      fc.property(own, shard, bound, (id, of, limit) => {
        const merged = mergedId(id, of);
        expect(compareIds(id, firstFrom(limit, of)) >= 0).toBe(compareIds(merged, limit) >= 0);
        const last = lastUpTo(limit, of);
        expect(last !== null && compareIds(id, last) <= 0).toBe(compareIds(merged, limit) <= 0);
      }),
      { numRuns: 5000 },
    );
  });

  test("is refused for a sequence number that leaves no room, which no bound leaves out", () => {
    const least = "5-18446744073709552" as EntryId;
    expect(mergedId("5-18446744073709551", 3)).toBe("5-18446744073709551003");
    expect(() => mergedId(least, 3)).toThrow(/sequence number of entry 5-18446744073709552 is too large/);
    for (const end of [MAX_ID, lastIdAt(5)]) expect(compareIds(lastUpTo(end, 3) ?? MIN_ID, least)).toBeGreaterThan(0);
  });
});
