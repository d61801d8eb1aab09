import { describe, expect, test } from "vitest";
import { firstIdAt, MAX_ID, MIN_ID, type EntryId } from "@qsc/contract";
import { describeRequiring, requireNats } from "@qsc-tooling/testkit";
import type { EventSource, SourceItem } from "../../src/index.js";
import { ALL, collect, Following, readAll } from "../support/collect.js";
import { entries, entry, ids } from "../support/entries.js";
import { NAME, natsServer, operated, type Operated } from "../support/nats.js";
import { dividedNats, readParts } from "../support/parts.js";
import { opened, STREAM } from "../support/redis.js";

const kinds = (source: EventSource): string[] => source.gaps().map(({ kind }) => kind);
const after = (ms: number) => ({ from: firstIdAt(ms), to: MAX_ID });
/** More than 10 s after the time of storing, which then confirms that an ID is before the beginning of a range. */
const AHEAD = Date.now() + 3_600_000;
const words = (items: readonly SourceItem[]): string[] =>
  items.map((item) => (item.kind === "entry" ? item.id : `${item.place}: ${item.reason}`));

async function stream(
  count: number,
  limits: object = {},
): Promise<Operated & { readonly url: string; readonly open: () => Promise<EventSource> }> {
  const nats = await natsServer();
  const operator = await operated(nats, { limits });
  await operator.add(entries(count));
  return { ...operator, url: nats.url, open: () => opened(nats.url) };
}

describeRequiring(requireNats(), "a stream of JetStream that lost something", () => {
  describe("before it was read", () => {
    test("a deleted message within the range is a gap; one before or after it is not", async () => {
      const { manager, open } = await stream(10);
      await manager.streams.deleteMessage(NAME, 5);
      for (const [from, to, gaps] of [
        [2, 9, ["deleted"]],
        [4, 5, ["deleted"]],
        [5, 6, ["deleted"]],
        // These IDs are long past when the message is stored, so the beginning of a range is not confirmed by its time.
        [6, 9, ["deleted"]],
        [1, 4, []],
      ] as const) {
        const source = await open();
        await collect(source.pages({ from: firstIdAt(from), to: firstIdAt(to) }));
        expect(kinds(source), `from ${from} to ${to}`).toEqual(gaps);
        const backward = await open();
        await collect(backward.pages({ from: firstIdAt(from), to: firstIdAt(to) }, "newest-first"));
        expect(kinds(backward), `from ${from} to ${to}, newest first`).toEqual(gaps);
      }
      const source = await open();
      await collect(source.pages(ALL));
      expect(source.gaps()[0]?.detail).toBe(
        `The stream '${STREAM}': message 5 is missing, between 4-0 and 6-0 of what was read: deleted, purged, or removed by its limits.`,
      );
    });

    test("one before a range is no gap if the server's time says so too, and one hidden by a low ID is", async () => {
      const { manager, add, open } = await stream(0);
      await add(entries(10, AHEAD + 1));
      await manager.streams.deleteMessage(NAME, 5);
      const now = await open();
      await collect(now.pages(after(AHEAD + 6)));
      expect(kinds(now)).toEqual([]);
      const low = await stream(5);
      await low.manager.streams.deleteMessage(NAME, 3);
      await low.publish(JSON.stringify({ id: "1-1", fields: {} }));
      const hidden = await low.open();
      await collect(hidden.pages(after(4)));
      expect(kinds(hidden)).toEqual(["deleted"]);
    });

    test("the newest message, deleted, is a gap of every range that goes to the end", async () => {
      const { manager, open } = await stream(10);
      await manager.streams.deleteMessage(NAME, 10);
      const [whole, earlier] = [await open(), await open()];
      await collect(whole.pages(ALL));
      await collect(earlier.pages({ from: MIN_ID, to: firstIdAt(9) }));
      expect([kinds(whole), kinds(earlier)]).toEqual([["deleted"], []]);
      expect(await whole.state()).toMatchObject({ lastId: "9-0", endId: null });
    });

    test("what its limits removed is a gap of a range that began before, and none of the newest N", async () => {
      const { open, add } = await stream(0, { max_msgs: 10 });
      await add(entries(20, AHEAD + 1));
      for (const [range, order, limit, gaps] of [
        [after(AHEAD + 5), "oldest-first", undefined, ["trimmed"]],
        [after(AHEAD + 5), "newest-first", undefined, ["trimmed"]],
        [after(AHEAD + 5), "newest-first", 3, []],
        [after(AHEAD + 11), "oldest-first", undefined, []],
        [ALL, "oldest-first", undefined, []],
        [ALL, "newest-first", 50, []],
      ] as const) {
        const source = await open();
        await collect(source.pages(range, order, limit));
        expect(kinds(source), `${range.from} ${order} ${String(limit)}`).toEqual(gaps);
      }
    });

    test("a purge is a gap of a range with a beginning", async () => {
      const { manager, open } = await stream(20);
      await manager.streams.purge(NAME);
      const [whole, later] = [await open(), await open()];
      expect(await collect(whole.pages(ALL))).toEqual([]);
      expect(await collect(later.pages(after(5)))).toEqual([]);
      expect([kinds(whole), kinds(later)]).toEqual([[], ["trimmed"]]);
      expect(await whole.state()).toMatchObject({ length: 0, firstId: null, lastId: null, endId: null });
    });
  });

  describe("while it is read", () => {
    test("a purge past the reader is a gap, and one behind it is none", async () => {
      const { manager, open } = await stream(3000);
      const [ahead, behind] = [await open(), await open()];
      const [one, other] = [ahead, behind].map((source) => source.pages(ALL)[Symbol.asyncIterator]());
      let read = 0;
      while (read < 1500) read += ((await other?.next())?.value as readonly unknown[]).length;
      await one?.next();
      await manager.streams.purge(NAME, { seq: 1400 });
      for (const reading of [one, other]) while ((await reading?.next())?.done !== true);
      expect([kinds(ahead), kinds(behind)]).toEqual([["trimmed"], []]);
    });

    test("another stream in its place is a gap", async () => {
      const { manager, add, open } = await stream(1000);
      const source = await open();
      for await (const page of source.pages(ALL)) {
        if (page[0]?.id !== "1-0") continue;
        await manager.streams.delete(NAME);
        await manager.streams.add({ name: NAME, subjects: [STREAM] });
        await add(entries(1000));
      }
      expect(kinds(source)).toEqual(["recreated"]);
    });

    test("in parts, each sees what is missing in it, and another stream", async () => {
      const { manager, add, url } = await stream(100);
      const source = await dividedNats(url);
      const parts = (await source.parts?.(ALL, 4)) ?? [];
      await manager.streams.purge(NAME, { seq: 30 });
      const found = await readParts(parts);
      expect(found.items.map(({ id }) => id)).toEqual(entries(71, 30).map(({ id }) => id));
      expect(found.gaps.map(({ kind }) => kind)).toEqual(["trimmed", "trimmed"]);
      await manager.streams.delete(NAME);
      await manager.streams.add({ name: NAME, subjects: [STREAM] });
      await add(entries(100));
      expect((await readParts(parts)).gaps.map(({ kind }) => kind)).toEqual(Array(4).fill("recreated"));
    });
  });

  describe("while it is followed", () => {
    test("a message deleted before it was read is a gap, and one that was read is none", async () => {
      const { manager, add, open } = await stream(0);
      await add(entries(10, AHEAD + 1));
      const source = await open();
      const following = new Following(source, MIN_ID, { restMs: 1000 });
      await following.until(() => following.items.length === 10);
      await manager.streams.deleteMessage(NAME, 4);
      await add(entries(5, AHEAD + 11));
      await following.until(() => following.items.length === 15);
      expect(kinds(source)).toEqual([]);
      await following.stop();
      const later = await open();
      await manager.streams.deleteMessage(NAME, 13);
      const again = new Following(later, firstIdAt(AHEAD + 10));
      await again.until(() => again.items.length === 4);
      await again.stop();
      expect(kinds(later)).toEqual(["deleted"]);
    });

    test("again from the same source after the last entry given, it goes on at once, and notices another stream", async () => {
      const operator = await stream(0);
      const now = Date.now();
      // Stored just now, so that the time of storing would have all of them read again.
      const written = Array.from({ length: 3000 }, (_, at) => entry(firstIdAt(now + at)));
      await operator.add(written);
      const source = await operator.open();
      const first = new Following(source);
      await first.until(() => first.items.length === 3000);
      await first.stop();
      const last = firstIdAt(now + 2999);
      const delivered = async (): Promise<number> => {
        const counts: number[] = [];
        for await (const { delivered: done } of operator.manager.consumers.list(NAME)) counts.push(done.consumer_seq);
        return counts.reduce((sum, count) => sum + count, 0);
      };
      await operator.add([entry(firstIdAt(now + 5000))]);
      const again = new Following(source, last);
      await again.until(() => again.items.length === 1);
      await again.stop();
      expect([again.ids, kinds(source), (await delivered()) <= 3001]).toEqual([[firstIdAt(now + 5000)], [], true]);
      await replaced(operator, written);
      const other = new Following(source, firstIdAt(now + 5000));
      await other.until(() => source.gaps().length > 0);
      await other.stop();
      expect(kinds(source)).toEqual(["recreated"]);
    });

    test.each<[string, (operator: Operated) => Promise<unknown>, readonly string[]]>([
      ["nothing", () => Promise.resolve(), []],
      ["the messages up to its last one were purged", ({ manager }) => manager.streams.purge(NAME, { seq: 21 }), []],
      ["one more was purged", ({ manager }) => manager.streams.purge(NAME, { seq: 22 }), ["trimmed"]],
      ["its last message was deleted", ({ manager }) => manager.streams.deleteMessage(NAME, 20), []],
      ["a later one was deleted", ({ manager }) => manager.streams.deleteMessage(NAME, 25), ["deleted"]],
      ["it was replaced by the same messages", (operator) => replaced(operator, entries(30)), ["recreated"]],
      ["it was replaced by later ones", (operator) => replaced(operator, entries(30, 40)), ["recreated"]],
    ])("resumed from its mark in another process, when meanwhile: %s", async (_, meanwhile, gaps) => {
      const operator = await stream(20);
      const first = await operator.open();
      const following = new Following(first);
      await following.until(() => following.items.length === 20);
      const mark = structuredClone(first.mark?.() ?? null);
      await following.stop();
      expect(mark).toMatchObject({ kind: "jetstream", id: "20-0", sequence: 20 });
      await operator.add(entries(10, 21));
      await meanwhile(operator);
      const second = await operator.open();
      const again = new Following(second, firstIdAt(20), { resumes: true, mark });
      await again.until(() => again.items.length > 0 && (again.items.at(-1)?.id ?? "0-0") >= "30-0");
      await again.stop();
      expect(kinds(second)).toEqual(gaps);
      expect(again.ids.every((id) => Number(id?.split("-")[0]) > 20)).toBe(true);
    });

    test("resumed without a mark, or with one of another source", async () => {
      const operator = await stream(20);
      for (const [cursor, mark, gaps] of [
        ["20-0", null, []],
        ["15-0", null, []],
        ["15-5", null, ["recreated"]],
        ["99-0", null, ["recreated"]],
        ["15-0", { kind: "jetstream", id: "14-0", created: "then", sequence: 14 }, ["recreated"]],
        ["15-0", { kind: "jetstream", id: "15-0", created: "then", sequence: 15 }, ["recreated"]],
        [
          "15-0",
          { kind: "stream", id: "15-0", added: 1, firstId: null, endId: "15-0", deletedId: null },
          ["recreated"],
        ],
      ] as const) {
        const source = await operator.open();
        let isCaughtUp = false;
        const onCaughtUp = (): void => {
          isCaughtUp = true;
        };
        const following = new Following(source, cursor, { resumes: true, mark, onCaughtUp });
        await following.until(() => isCaughtUp);
        await following.stop();
        expect(kinds(source), `${cursor} ${JSON.stringify(mark)}`).toEqual(gaps);
      }
    });
  });
});

async function replaced({ manager, add }: Operated, by: Parameters<Operated["add"]>[0]): Promise<void> {
  await manager.streams.delete(NAME);
  await manager.streams.add({ name: NAME, subjects: [STREAM] });
  await add(by);
}

describeRequiring(requireNats(), "messages that do not keep to rising IDs", () => {
  test("are rejected, oldest first and newest first, and never left out", async () => {
    const { add, open } = await stream(5);
    await add([entry("100-0"), entry("6-0"), entry("6-0"), entry("101-0")]);
    const source = await open();
    expect(words(await readAll(source))).toEqual([
      ...["1-0", "2-0", "3-0", "4-0", "5-0", "100-0"],
      ...["message 7: invalid_id", "message 8: invalid_id", "101-0"],
    ]);
    expect((await readAll(source)).at(6)).toMatchObject({
      id: null,
      detail: "its ID is 6-0, not later than 100-0, of a message before it",
    });
    const backward = words(await readAll(source, "newest-first"));
    expect(backward).toHaveLength(9);
    expect(backward.filter((word) => word.includes("invalid_id")).length).toBeGreaterThan(0);
    const following = new Following(source, firstIdAt(5));
    await following.until(() => following.items.length === 4);
    await following.stop();
    expect(words(following.items)).toEqual(["100-0", "message 7: invalid_id", "message 8: invalid_id", "101-0"]);
  });

  test("do not hide honest ones from a range that begins between them, if these were stored in its time", async () => {
    const { add, open } = await stream(0);
    const now = Date.now();
    const at = (ms: number): EntryId => firstIdAt(now + ms);
    // The second says that it is an hour old, and comes after entries of the range.
    const written = [at(-200), at(-100), at(-3_600_000), at(-90), at(-80)].map((id) => entry(id));
    await add(written);
    const source = await open();
    const found = (await collect(source.pages({ from: at(-100), to: MAX_ID }))).flat();
    expect(words(found)).toEqual([at(-100), "message 3: invalid_id", at(-90), at(-80)]);
  });
});

describeRequiring(requireNats(), "messages that name no ID", () => {
  test("have the time at which the server stored them, and their number", async () => {
    const { publish, open } = await stream(0);
    const before = Date.now();
    for (let n = 1; n <= 300; n++) await publish(JSON.stringify({ fields: { n: String(n) } }));
    await publish(JSON.stringify({ id: 7, fields: { n: "odd" } }));
    const source = await open();
    const items = await readAll(source);
    expect(items.slice(0, 300).map((item) => item.kind === "entry" && item.fields[1])).toEqual(
      Array.from({ length: 300 }, (_, n) => String(n + 1)),
    );
    for (const [n, { id }] of items.slice(0, 300).entries()) {
      const [ms, sequence] = String(id).split("-").map(Number);
      expect([ms! >= before - 1000 && ms! <= Date.now() + 1000, sequence]).toEqual([true, n + 1]);
    }
    expect(items[300]).toMatchObject({ kind: "rejected", reason: "invalid_id" });
    // The same IDs when they are asked for one by one.
    const tenth = items[9]?.id ?? MIN_ID;
    expect(ids(await collect(source.pages({ from: tenth, to: tenth })))).toContain(tenth);
    expect((await source.state()).firstId).toBe(items[0]?.id);
    expect(source.gaps()).toEqual([]);
  });
});

describeRequiring(requireNats(), "a long stream of JetStream", () => {
  test("is read from where a range begins, however long it is, and with one consumer at a time", async () => {
    const { add, manager, open } = await stream(0);
    // Stored now, and days old: so the time of storing says nothing, and all is read.
    await add(entries(3000, 1));
    const source = await open();
    const reading = source.pages(after(2900))[Symbol.asyncIterator]();
    await reading.next();
    expect((await manager.streams.info(NAME)).state.consumer_count).toBe(1);
    await reading.return?.();
    await collect(source.pages(ALL, "newest-first"));
    expect((await manager.streams.info(NAME)).state.consumer_count).toBeLessThanOrEqual(1);
    await source.state();
    await source.close();
    expect((await manager.streams.info(NAME)).state.consumer_count).toBe(0);
  });

  test("a consumer that the server has removed is made again", async () => {
    const { manager, open } = await stream(3000);
    const source = await open();
    const found: (string | null)[] = [];
    for await (const page of source.pages(ALL)) {
      if (found.length < 200)
        for await (const { name } of manager.consumers.list(NAME)) await manager.consumers.delete(NAME, name);
      found.push(...page.map(({ id }) => id));
    }
    expect(found).toEqual(entries(3000).map(({ id }) => id));
    expect(source.gaps()).toEqual([]);
  });
});
