import { describe, expect, test } from "vitest";
import { firstIdAt } from "@qsc/contract";
import type { EventSource } from "../../src/index.js";
import { ALL, codedError, collect, Following, readAll } from "../support/collect.js";
import { entries, entry } from "../support/entries.js";
import { add, opened, server, STREAM, writer } from "../support/redis.js";

/** Reads everything, and does something after the first page. */
async function readWith(source: EventSource, act: () => Promise<unknown>, range = ALL): Promise<string[]> {
  const found: string[] = [];
  for await (const page of source.pages(range)) {
    if (found.length === 0) await act();
    found.push(...page.map(({ id }) => id ?? ""));
  }
  return found;
}

async function stream(count: number) {
  const redis = await server();
  const client = writer(redis);
  await add(client, entries(count));
  return { redis, client, source: await opened(redis.url) };
}

const kinds = (source: EventSource): string[] => source.gaps().map(({ kind }) => kind);

describe("gaps while a range is read", () => {
  test("trimming entries that were already read is not a gap", async () => {
    const { client, source } = await stream(3000);
    const found = await readWith(source, () => client.xtrim(STREAM, "MINID", "40"));
    expect(found).toHaveLength(3000);
    expect(source.gaps()).toEqual([]);
  });

  test("trimming exactly up to the last entry read is not a gap", async () => {
    const { client, source } = await stream(3000);
    // The first page has 50 entries, and the next 200 were asked for before it was given out.
    const found = await readWith(source, () => client.xtrim(STREAM, "MINID", "251"));
    expect(found).toHaveLength(3000);
    expect(source.gaps()).toEqual([]);
  });

  test("trimming past the reader is a gap, with the number of entries lost", async () => {
    const { client, source } = await stream(3000);
    const found = await readWith(source, () => client.xtrim(STREAM, "MINID", "1500"));
    expect(found).toHaveLength(250 + 1501);
    expect(kinds(source)).toEqual(["trimmed"]);
    expect(source.gaps()[0]?.detail).toContain("1249 entries are lost");
  });

  test("a stream deleted and recreated in one step, longer and later than before, is a gap", async () => {
    const { client, source } = await stream(3000);
    await readWith(source, async () => {
      const remade = client.multi().del(STREAM);
      for (const { id, fields } of entries(4000, 2000)) remade.xadd(STREAM, id, ...fields);
      await remade.exec();
    });
    expect(kinds(source)).toEqual(["recreated"]);
  });

  test("trimming everything while entries are added after the range is a gap", async () => {
    const { client, source } = await stream(3000);
    await readWith(source, async () => {
      await add(client, entries(100, 5000));
      await client.xtrim(STREAM, "MAXLEN", 0);
    });
    expect(kinds(source)).toEqual(["trimmed"]);
    expect(source.gaps()[0]?.detail).toContain("2750 entries are lost");
  });

  test("a capped stream that is written and read at the same time has no gap", async () => {
    const { client, source } = await stream(3000);
    await readWith(source, async () => {
      for (const { id } of entries(200, 4000)) await client.xadd(STREAM, "MAXLEN", 3000, id, "n", "x");
    });
    expect(source.gaps()).toEqual([]);
  });

  test("when reading from the middle, trimming past the reader is a gap even if the loss cannot be counted", async () => {
    const { client, source } = await stream(3000);
    const range = { from: firstIdAt(500), to: ALL.to };
    await readWith(source, () => client.xtrim(STREAM, "MINID", "2000"), range);
    expect(source.gaps()[0]?.detail).toContain("entries may be lost");
  });

  describe("entries trimmed before reading began", () => {
    async function trimmed(minId: string) {
      const made = await stream(3000);
      await made.client.xtrim(STREAM, "MINID", minId);
      return made;
    }
    const since = (ms: number) => ({ from: firstIdAt(ms), to: ALL.to });

    test.each(["oldest-first", "newest-first"] as const)(
      "are a gap if the range begins before the first entry, %s",
      async (order) => {
        const { source } = await trimmed("1500");
        expect((await collect(source.pages(since(1000), order))).flat()).toHaveLength(1501);
        expect(source.gaps()).toEqual([
          {
            kind: "trimmed",
            detail: expect.stringMatching(
              /entries at or after 1000-0 may have been removed .*1499.*1500-0.*--count.*--after/,
            ) as string,
          },
        ]);
      },
    );

    test.each(["oldest-first", "newest-first"] as const)(
      "are not a gap from the first entry on, from 0-0, or in a stream that lost nothing, %s",
      async (order) => {
        const { redis, source, client } = await trimmed("1500");
        await collect(source.pages(since(1500), order));
        await collect(source.pages(ALL, order));
        await add(client, entries(10, 50), "other");
        await collect((await opened(redis.url, { stream: "other" })).pages(since(20), order));
        expect(source.gaps()).toEqual([]);
      },
    );

    test("are not a gap for a newest-first reader that stops early, but are for an oldest-first one", async () => {
      const { source } = await trimmed("2800");
      for await (const page of source.pages(since(1000), "newest-first")) {
        expect(page.length).toBeGreaterThan(0);
        // Meanwhile the next page, the last one, is fetched.
        await source.state();
        break;
      }
      expect(source.gaps()).toEqual([]);
      for await (const page of source.pages(since(1000))) if (page.length > 0) break;
      expect(kinds(source)).toEqual(["trimmed"]);
    });

    test("are a gap if nothing is left", async () => {
      const { source, client } = await trimmed("1500");
      await client.xtrim(STREAM, "MAXLEN", 0);
      expect(await collect(source.pages(since(1000)))).toEqual([]);
      expect(source.gaps()[0]?.detail).toContain("its first is none");
    });
  });

  test("newest first: trimming the old end is a gap", async () => {
    const { client, source } = await stream(3000);
    let read = 0;
    for await (const page of source.pages(ALL, "newest-first")) {
      if (read === 0) await client.xtrim(STREAM, "MINID", "1500");
      read += page.length;
    }
    expect(read).toBe(1501);
    expect(kinds(source)).toEqual(["trimmed"]);
  });

  test.each(["oldest-first", "newest-first"] as const)(
    "a deleted entry within the range is a gap, %s",
    async (order) => {
      const { client, source } = await stream(100);
      await client.xdel(STREAM, "70-0");
      expect(await readAll(source, order)).toHaveLength(99);
      expect(kinds(source)).toEqual(["deleted"]);
      expect(source.gaps()[0]?.detail).toContain("70-0");
    },
  );

  test("an entry deleted after it was read, or outside the range, is not a gap", async () => {
    const { client, source } = await stream(1000);
    expect(await readWith(source, () => client.xdel(STREAM, "10-0"))).toHaveLength(1000);
    await readWith(source, () => Promise.resolve(), { from: firstIdAt(11), to: ALL.to });
    expect(source.gaps()).toEqual([]);
  });

  test("a stream deleted or recreated under the reader is a gap", async () => {
    const { client, source } = await stream(3000);
    await readWith(source, () => client.del(STREAM));
    expect(kinds(source)).toEqual(["recreated"]);
    await add(client, entries(2000));
    await readWith(source, async () => {
      await client.del(STREAM);
      await client.xadd(STREAM, "7-7", "a", "b");
    });
    expect(kinds(source)).toEqual(["recreated", "recreated"]);
  });

  test("an answer that is checked late does not look like a stream that went backwards", async () => {
    const { client, source } = await stream(2000);
    await readWith(source, async () => {
      await client.xadd(STREAM, "9000-0", "a", "b");
      await source.state();
    });
    expect(source.gaps()).toEqual([]);
  });
});

describe("gaps while a stream is followed", () => {
  test("entries trimmed or deleted before they could be read are counted exactly", async () => {
    const { client, source } = await stream(10);
    const following = new Following(source, firstIdAt(8));
    await following.until(() => following.items.length === 2);
    await client
      .multi()
      .xadd(STREAM, "20-0", "a", "b")
      .xadd(STREAM, "21-0", "a", "b")
      .xtrim(STREAM, "MAXLEN", 1)
      .exec();
    await following.until(() => following.items.length === 3 && source.gaps().length > 0);
    expect(source.gaps()).toMatchObject([{ kind: "trimmed", detail: expect.stringContaining("1 entries") as string }]);
    await client.multi().xadd(STREAM, "30-0", "a", "b").xadd(STREAM, "31-0", "a", "b").xdel(STREAM, "30-0").exec();
    await following.until(() => following.items.length === 4);
    await following.stop();
    expect(kinds(source)).toContain("deleted");
    expect(following.ids).toEqual(["9-0", "10-0", "21-0", "31-0"]);
  });

  test("trimming entries that were already given, up to the last one, is not a gap", async () => {
    const { client, source } = await stream(10);
    const following = new Following(source);
    await following.until(() => following.items.length === 10);
    await client.xtrim(STREAM, "MAXLEN", 0);
    await client.xadd(STREAM, "11-0", "a", "b");
    await following.until(() => following.items.length === 11);
    await following.stop();
    expect(source.gaps()).toEqual([]);
  });

  test("a recreated stream is a gap, and is continued after the last entry given out", async () => {
    const { client, source } = await stream(10);
    const following = new Following(source);
    await following.until(() => following.items.length === 10);
    await client.multi().del(STREAM).xadd(STREAM, "3-5", "a", "b").xadd(STREAM, "11-0", "a", "b").exec();
    await following.until(() => following.items.length === 11);
    await following.stop();
    expect(following.ids.at(-1)).toBe("11-0");
    expect(kinds(source)).toEqual(["recreated"]);
  });

  test("a stream that goes missing is an outage and a gap, until it is there again", async () => {
    const { client, source } = await stream(10);
    const following = new Following(source);
    await following.until(() => following.items.length === 10);
    await client.del(STREAM);
    await following.until(() => following.outages.length === 1);
    await add(client, [entry("50-0")]);
    await following.until(() => following.items.length === 11);
    await following.stop();
    expect(following.outages).toEqual(["source_missing", null]);
    expect(kinds(source)).toEqual(["recreated"]);
  });

  test("waits for a time ahead of the stream", async () => {
    const { client, source } = await stream(10);
    const following = new Following(source, firstIdAt(100));
    await add(client, [entry("50-0"), entry("101-0")]);
    await following.until(() => following.items.length === 1);
    await following.stop();
    expect(following.ids).toEqual(["101-0"]);
    expect(source.gaps()).toEqual([]);
  });

  test("trimming that had passed the cursor before following began is a gap", async () => {
    const { client, source } = await stream(100);
    await client.xtrim(STREAM, "MINID", "50");
    const following = new Following(source, firstIdAt(20));
    await following.until(() => following.items.length === 51);
    await following.stop();
    expect(kinds(source)).toEqual(["trimmed"]);
  });
});

test("a stream that does not exist is missing", async () => {
  const redis = await server();
  const source = await opened(redis.url);
  expect((await codedError(source.state())).code).toBe("source_missing");
  expect((await codedError(readAll(source))).code).toBe("source_missing");
});
