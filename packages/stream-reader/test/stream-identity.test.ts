import { firstIdAt, MIN_ID, type EntryId, type StreamMark } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { whyAnother } from "../src/redis/read/stream-identity.js";
import type { StreamInfo } from "../src/redis/read/stream-info.js";

/** A stream as Redis keeps it, its entries by number. */
class Stream {
  readonly #present = new Set<number>();
  #last = 0;
  #added = 0;
  #deleted = 0;

  do({ kind, by }: Deed): void {
    const present = [...this.#present];
    if (kind === "add") {
      this.#last += by;
      this.#added += 1;
      this.#present.add(this.#last);
    } else if (kind === "trim") for (const number of present.slice(0, by)) this.#present.delete(number);
    else {
      const number = present[by % Math.max(1, present.length)];
      if (number === undefined) return;
      this.#present.delete(number);
      this.#deleted = Math.max(this.#deleted, number);
    }
  }

  get info(): StreamInfo {
    const present = [...this.#present];
    const [first = null, last = null] = [present.at(0), present.at(-1)];
    return {
      length: present.length,
      firstId: first === null ? null : firstIdAt(first),
      lastId: last === null ? null : firstIdAt(last),
      lastGeneratedId: firstIdAt(this.#last),
      entriesAdded: this.#added,
      maxDeletedId: this.#deleted === 0 ? MIN_ID : firstIdAt(this.#deleted),
      sampleBytes: 0,
    };
  }
}

interface Deed {
  readonly kind: "add" | "trim" | "delete";
  readonly by: number;
}
const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom("add" as const, "add" as const, "trim" as const, "delete" as const),
  by: fc.integer({ min: 1, max: 4 }),
});
const deeds = fc.array(deed, { maxLength: 30 });

/** The mark after reading everything it had. */
function markOf({ lastGeneratedId, entriesAdded, firstId, maxDeletedId }: StreamInfo): StreamMark {
  return {
    kind: "stream",
    id: lastGeneratedId,
    added: entriesAdded,
    firstId,
    endId: lastGeneratedId,
    deletedId: maxDeletedId,
  };
}

const read: readonly Deed[] = [
  { kind: "add", by: 1 },
  { kind: "add", by: 1 },
];

function streamOf(...lists: readonly (readonly Deed[])[]): Stream {
  const stream = new Stream();
  for (const one of lists.flat()) stream.do(one);
  return stream;
}

describe("a stream that was read up to an entry", () => {
  test("is the same one, whatever is added, trimmed or deleted", () => {
    fc.assert(
      fc.property(deeds, deeds, (before, since) => {
        const stream = streamOf(read, before);
        const mark = markOf(stream.info);
        for (const one of since) stream.do(one);
        expect(whyAnother(mark.id as EntryId, mark, stream.info)).toBeNull();
        expect(whyAnother(mark.id as EntryId, null, stream.info)).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  test("is another one if anything went back that never does", () => {
    fc.assert(
      fc.property(deeds, deeds, (before, again) => {
        const mark = markOf(streamOf(read, before).info);
        const now = streamOf(again).info;
        const isBack = (now.entriesAdded ?? 0) < (mark.added ?? 0);
        if (isBack) expect(whyAnother(mark.id as EntryId, mark, now)).not.toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  test("is another one if it begins after the entry and nothing has ever left it, even without a mark", () => {
    fc.assert(
      fc.property(deeds, fc.integer({ min: 1, max: 40 }), (before, count) => {
        const mark = markOf(streamOf(read, before).info);
        const now = streamOf(Array.from({ length: count }, (_, at) => ({ kind: "add", by: at === 0 ? 1000 : 1 })));
        expect(whyAnother(mark.id as EntryId, null, now.info)).toMatch(/no entry has ever left it/);
      }),
    );
  });

  const seen = streamOf(read, [
    { kind: "add", by: 1 },
    { kind: "add", by: 1 },
    { kind: "trim", by: 1 },
    { kind: "delete", by: 0 },
  ]).info;
  test.each([
    ["its last ID", { lastGeneratedId: firstIdAt(3) }, /its last ID is 3-0, before 4-0/],
    ["its count", { entriesAdded: 3 }, /count of entries went back from 4 to 3/],
    ["its first entry", { firstId: firstIdAt(2) }, /first entry went back from 3-0 to 2-0/],
    ["its greatest deleted ID", { maxDeletedId: firstIdAt(1) }, /greatest deleted ID went back from 2-0 to 1-0/],
  ])("is recognised by %s", (_, change, why) => {
    expect(whyAnother(firstIdAt(4), markOf(seen), { ...seen, ...change })).toMatch(why);
  });

  test("is another one if it was empty and now has an entry at or before its last ID", () => {
    const mark: StreamMark = { ...markOf(seen), firstId: null };
    expect(whyAnother(firstIdAt(4), mark, seen)).toMatch(/went back from none after 4-0 to 3-0/);
    expect(
      whyAnother(firstIdAt(4), mark, {
        ...seen,
        firstId: firstIdAt(5),
        lastGeneratedId: firstIdAt(5),
        entriesAdded: 5,
      }),
    ).toBeNull();
  });
});
