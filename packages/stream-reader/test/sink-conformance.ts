import { describe, expect, test } from "vitest";
import type { EntryId } from "@qsc/contract";
import type { EventSource, RawEntry } from "../src/index.js";
import { entryIds, type EventSink, type NewEntry } from "../src/sink/index.js";
import { codedError, readAll } from "./support/collect.js";
import { newEntry, newEntries } from "./support/new-entries.js";

/** A place for entries, not used yet. */
export interface Place {
  /** Another sink on the same place each time. Closed after the test. */
  readonly sink: () => Promise<EventSink>;
  /** A source that reads the place, once something was written. */
  readonly source: () => Promise<EventSource>;
}

/** What every sink promises. */
export function sinkConformance(name: string, make: () => Promise<Place>): void {
  describe(`${name} as an EventSink`, () => {
    const written = async (place: Place): Promise<[string, ...string[]][]> =>
      (await readAll(await place.source())).map((item) => [(item as RawEntry).id, ...(item as RawEntry).fields]);
    const expected = (entries: readonly NewEntry[]): [string, ...string[]][] =>
      entries.map(({ id, fields }) => [id, ...fields]);

    test("writes entries in order, under their IDs", async () => {
      const place = await make();
      const sink = await place.sink();
      expect(sink.label).not.toBe("");
      expect(sink.repaired).toBeNull();
      expect(await sink.lastId()).toBe("0-0");
      const entries = newEntries(2500);
      expect(await sink.append(entries.slice(0, 2300))).toEqual(entries.slice(0, 2300).map(({ id }) => id));
      expect(await sink.append(entries.slice(2300))).toEqual(entries.slice(2300).map(({ id }) => id));
      expect(await sink.lastId()).toBe("2500-0");
      expect(await written(place)).toEqual(expected(entries));
    });

    test("a repeated append writes nothing twice: with the same entries, equal ones, from another sink, with more after them", async () => {
      const place = await make();
      const sink = await place.sink();
      const entries = newEntries(1500);
      const ids = entries.map(({ id }) => id);
      for (let times = 0; times < 3; times++) expect(await sink.append(entries)).toEqual(ids);
      expect(await sink.append(newEntries(1500))).toEqual(ids);
      const next = await place.sink();
      expect(await next.append(newEntries(1510))).toEqual(newEntries(1510).map(({ id }) => id));
      expect(await written(place)).toEqual(expected(newEntries(1510)));
    });

    test("an append of no entries does nothing", async () => {
      const place = await make();
      const sink = await place.sink();
      expect(await sink.append([])).toEqual([]);
      await sink.append([newEntry("1-0")]);
      expect(await sink.append([])).toEqual([]);
      expect(await written(place)).toHaveLength(1);
    });

    test("gives back every text unchanged", async () => {
      const place = await make();
      const sink = await place.sink();
      const entries = [
        newEntry("1-0", "a", 'é "quoted" \\ \n\r\u2028\0\u001b[31m', "", "", "🙂", "NaN"),
        newEntry("1-1", "twice", "1", "twice", "2"),
        newEntry("1-2", "b", "", "2", "", "1", "", "__proto__", "x"),
        newEntry("1-3", "large", "x".repeat(1024 * 1024 - 5)),
        newEntry("1-4", "large", "é\u0001".repeat(300_000)),
        newEntry("18446744073709551615-0", "id", "large"),
      ];
      await sink.append(entries);
      // A name that a hostile writer may use is refused by the reader, not lost.
      expect(await written(place)).toEqual(expected(entries));
    });

    test("half a surrogate pair is written as U+FFFD, and once", async () => {
      const place = await make();
      const sink = await place.sink();
      await sink.append([newEntry("1-0", "a", "x\ud83dy")]);
      await sink.append([newEntry("1-0", "a", "x\ud83dy")]);
      expect(await written(place)).toEqual([["1-0", "a", "x\ufffdy"]]);
    });

    test.each<[string, NewEntry]>([
      ["no ID", newEntry("5")],
      ["the ID 0-0", newEntry("0-0")],
      ["no fields", { id: "5-0", fields: [] }],
      ["a name without a value", newEntry("5-0", "a")],
      ["more than a reader accepts", newEntry("5-0", "a", "x".repeat(1024 * 1024))],
      ["too many fields", newEntry("5-0", ...Array.from({ length: 2002 }, String))],
    ])("refuses %s, and writes none of the call's entries", async (_, entry) => {
      const place = await make();
      const sink = await place.sink();
      const error = await codedError(sink.append([newEntry("4-0"), entry]));
      expect(error.code).toBe("usage");
      expect(error.message).toMatch(/^An entry cannot be published: .{10,200}\.$/);
      expect(await sink.lastId()).toBe("0-0");
    });

    test("an ID that another writer has used is not used again", async () => {
      const place = await make();
      await (await place.sink()).append([newEntry("5-0", "from", "other"), newEntry("9-3", "from", "other")]);
      const sink = await place.sink();
      const entries = [newEntry("5-0"), newEntry("7-0"), newEntry("9-3"), newEntry("10-0")];
      const ids = await sink.append(entries);
      expect(ids).toEqual(["9-4", "9-5", "9-6", "10-0"]);
      expect(await sink.append(entries)).toEqual(ids);
      expect((await written(place)).map(([id]) => id)).toEqual(["5-0", "9-3", ...ids]);
    });

    test("two writers that take turns write everything once", async () => {
      const place = await make();
      const [one, other] = [await place.sink(), await place.sink()];
      const ids: EntryId[] = [];
      for (let n = 1; n <= 20; n++) {
        ids.push(...(await one.append([newEntry(`${n}-0`, "by", "one")])));
        ids.push(...(await other.append([newEntry(`${n}-0`, "by", "other")])));
      }
      expect((await written(place)).map(([id]) => id)).toEqual(ids);
      expect(new Set(ids).size).toBe(40);
    });

    test("IDs that do not rise within a call are moved until they do", async () => {
      const place = await make();
      const sink = await place.sink();
      const entries = [
        newEntry("5-0", "n", "1"),
        newEntry("4-0", "n", "2"),
        newEntry("5-0", "n", "3"),
        newEntry("6-0", "n", "4"),
      ];
      expect(await sink.append(entries)).toEqual(["5-0", "5-1", "5-2", "6-0"]);
      expect((await written(place)).map(([, , n]) => n)).toEqual(["1", "2", "3", "4"]);
    });

    test("simultaneous calls are carried out one after another", async () => {
      const place = await make();
      const sink = await place.sink();
      const batches = Array.from({ length: 20 }, (_, n) => newEntries(7, 1 + 7 * n));
      const all = await Promise.all([...batches.map((batch) => sink.append(batch)), sink.lastId()]);
      expect(all.slice(0, -1)).toEqual(batches.map((batch) => batch.map(({ id }) => id)));
      expect(all.at(-1)).toBe("140-0");
      expect(await written(place)).toEqual(expected(newEntries(140)));
    });

    test("its own IDs continue from the last one", async () => {
      const place = await make();
      const first = await place.sink();
      const past = entryIds(await first.lastId());
      await first.append([{ ...newEntry("1-0"), id: past(5000) }]);
      const sink = await place.sink();
      const next = entryIds(await sink.lastId());
      const entries = [4000, 5000, 5001].map((ms) => ({ ...newEntry("1-0"), id: next(ms) }));
      expect(await sink.append(entries)).toEqual(["5000-1", "5000-2", "5001-0"]);
    });

    test("refuses with a coded error once it is closed, after finishing earlier calls", async () => {
      const place = await make();
      const sink = await place.sink();
      const appending = sink.append(newEntries(3));
      {
        await using same = sink;
        await same.close();
      }
      await sink.close();
      expect(await appending).toHaveLength(3);
      expect((await codedError(sink.append(newEntries(1)))).code).toBe("internal");
      expect((await codedError(sink.lastId())).code).toBe("internal");
      expect(await written(place)).toHaveLength(3);
    });
  });
}
