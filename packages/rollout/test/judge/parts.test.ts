import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstIdAt, MAX_ID, MIN_ID, type EntryId, type Intent } from "@qsc/contract";
import { decodeEntry, type EventReader, type RawEntry, type SourceItem } from "@qsc/stream-reader";
import { DEFAULT_POLICY } from "@qsc/violations";
import { Collection } from "../../src/judge/collect.js";
import type { PartCollection, Wanted } from "../../src/judge/part-collection.js";
import { KnownDecisions } from "../../src/judge/known-decisions.js";

const WANTED: Wanted = { policy: DEFAULT_POLICY, features: null, byLabel: false, recent: true, shadow: null };
const EVERYTHING = { from: MIN_ID, to: MAX_ID };

function decision(at: number, symbol: string): RawEntry {
  const payload = { symbol, timestamp: symbol, model_breakdown: { m: { action: "BUY", confidence: 0.5 } } };
  return {
    kind: "entry",
    id: firstIdAt(at),
    place: `line ${at}`,
    fields: ["event_type", "trade.intent", "payload", JSON.stringify(payload)],
  };
}

const junk = (at: number, id: EntryId | null = null): SourceItem => ({
  kind: "rejected",
  id,
  place: `line ${at}`,
  reason: "unreadable_line",
  detail: "no entry",
});

function journal(items: readonly SourceItem[]): Pick<EventReader, "ordering" | "pages"> {
  async function* pages(): AsyncGenerator<readonly SourceItem[]> {
    yield await Promise.resolve(items);
  }
  return { ordering: "as-written", pages };
}

async function part(items: readonly SourceItem[]): Promise<PartCollection> {
  const collection = await new Collection(WANTED, "as-written", true).fill(journal(items), EVERYTHING);
  return structuredClone(collection.part([]));
}

async function joined(...parts: readonly (readonly SourceItem[])[]): Promise<Collection | null> {
  return Collection.ofParts(await Promise.all(parts.map(part)), WANTED);
}

const whole = (items: readonly SourceItem[]): Promise<Collection> =>
  new Collection(WANTED, "as-written").fill(journal(items), EVERYTHING);

describe("the collections of a journal's parts", () => {
  test("when joined, equal what one reader collects, or nothing", async () => {
    const item = fc.oneof(
      { weight: 9, arbitrary: fc.tuple(fc.nat(400), fc.nat(400)).map(([at, of]) => decision(at, `S${of}`)) },
      { weight: 1, arbitrary: fc.nat(99).map((at) => junk(at)) },
    );
    const counts = { joined: 0, apart: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 20 }), fc.array(item, { maxLength: 20 }), async (earlier, later) => {
        const [found, expected] = [await joined(earlier, later), await whole([...earlier, ...later])];
        counts[found === null ? "apart" : "joined"] += 1;
        if (found === null) return;
        expect(found.card.state()).toEqual(expected.card.state());
        expect(found.newestMs).toBe(expected.newestMs);
      }),
      { numRuns: 300 },
    );
    expect(counts.joined).toBeGreaterThan(30);
  });

  test("count an ID of two decisions in one part", async () => {
    const found = await joined(
      [decision(1, "A"), decision(1, "B")],
      [decision(2, "C"), decision(3, "D"), decision(2, "E")],
    );
    expect(found?.card.conflicts.total).toBe(2);
  });

  test.each([
    ["an ID", [decision(1, "A"), decision(5, "B")], [decision(6, "C"), decision(5, "D")]],
    ["an ID out of order", [decision(5, "A"), decision(1, "B")], [decision(6, "C"), decision(1, "D")]],
    ["a decision", [decision(1, "A"), decision(2, "B")], [decision(3, "C"), decision(4, "A")]],
  ])("with %s in two of them are not joined", async (_, earlier, later) => {
    expect(await joined(earlier, later)).toBeNull();
  });

  test("with a decision from before the cutover are not joined", async () => {
    const before = new KnownDecisions();
    for (const item of [decision(1, "A"), decision(2, "B")]) before.add(decodeEntry(item) as Intent);
    const joinedAfter = async (...items: readonly SourceItem[]) =>
      Collection.ofParts([await part([decision(4, "C")]), await part(items)], WANTED, before);
    expect(await joinedAfter(decision(5, "B"))).toBeNull();
    expect((await joinedAfter(decision(5, "D")))?.card.counts.judged).toBe(2);
  });

  test("name the lines that were rejected in the order of the journal", async () => {
    const found = await joined([junk(3), junk(5)], [junk(8), decision(1, "A"), junk(9)]);
    expect(found?.card.rejected()).toMatchObject([{ count: 4, samples: ["line 3", "line 5", "line 8", "line 9"] }]);
  });
});
