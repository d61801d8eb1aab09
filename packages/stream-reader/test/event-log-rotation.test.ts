import { appendFile, copyFile, mkdir, open, readFile, rename, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { firstIdAt, lastIdAt, MAX_ID, MIN_ID, type EntryId } from "@qsc/contract";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { openSource, type EventSource, type SourceItem } from "../src/index.js";
import { likenessOf } from "../src/event-log/read/siblings.js";
import { collect, Following } from "./support/collect.js";
import { entries, ndjson } from "./support/entries.js";

/** An event log with entries 1-0 to `count`-0, and what rotates it. */
async function log(count: number): Promise<{ readonly path: string; readonly source: EventSource }> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, "journal.ndjson");
  await writeFile(path, ndjson(entries(count)));
  const source = await openSource(path, { follow: true });
  onTestFinished(() => source.close());
  return { path, source };
}

/** A follower that looks only when asked, so it misses what happens in between. */
function looking(source: EventSource, after: EntryId = MIN_ID) {
  const end = new AbortController();
  const pages = source.follow(after, { signal: end.signal })[Symbol.asyncIterator]();
  const items: SourceItem[] = [];
  return {
    items,
    /** Reads pages until there are this many items. */
    async until(count: number): Promise<void> {
      while (items.length < count) items.push(...((await pages.next()).value as readonly SourceItem[]));
    },
    async stop(): Promise<void> {
      end.abort();
      await pages.next();
    },
  };
}

const ids = (all: readonly { readonly id: EntryId | null }[]): (string | null)[] => all.map(({ id }) => id);
const upTo = (count: number): string[] => entries(count).map(({ id }) => id);

/** Like logrotate without `copytruncate`: older files move on, and a new one is there at once. */
async function rotate(path: string, kept: number, text = ""): Promise<void> {
  for (let number = kept; number > 0; number--) await rename(`${path}.${number}`, `${path}.${number + 1}`);
  await rename(path, `${path}.1`);
  await writeFile(path, text);
}

describe("an event log that is truncated and rewritten, with lines of equal length and ending", () => {
  /** Lines that differ only in the ID at their beginning. */
  const lines = (from: number, count: number): string =>
    Array.from(
      { length: count },
      (_, at) => `${JSON.stringify({ id: `${from + at}-0`, fields: { payload: "x".repeat(150) } })}\n`,
    ).join("");

  test.each<[string, (path: string) => Promise<void>]>([
    ["to more lines than before", (path) => writeFile(path, lines(4, 5))],
    [
      "to the same number, and then one more",
      async (path) => {
        await writeFile(path, lines(4, 3));
        await appendFile(path, lines(7, 1));
      },
    ],
    ["to the same number", (path) => writeFile(path, lines(4, 3))],
  ])("%s: a gap, and every later entry", async (_, cut) => {
    const { path, source } = await log(0);
    await writeFile(path, lines(1, 3));
    const following = new Following(source);
    await following.until(() => following.items.length === 3);
    await cut(path);
    // File times are only as fine as the kernel's clock tick.
    await utimes(path, new Date(), new Date(Date.now() + 5000));
    await following.until(() => source.gaps().length > 0);
    await appendFile(path, lines(9, 1));
    await following.until(() => following.ids.includes("9-0"));
    await following.stop();
    expect(following.ids.slice(0, 6)).toEqual(["1-0", "2-0", "3-0", "4-0", "5-0", "6-0"]);
    expect(source.gaps()).toEqual([expect.objectContaining({ kind: "truncated" })]);
  });
});

describe("an event log that is rotated by rename under its follower", () => {
  test("loses nothing: the old file is read to its end, then the new one from its beginning", async () => {
    const { path, source } = await log(3);
    const following = new Following(source);
    await following.until(() => following.items.length === 3);
    await appendFile(path, ndjson(entries(2, 4)));
    await rotate(path, 0, ndjson(entries(2, 6)));
    await following.until(() => following.items.length === 7);
    await rotate(path, 1);
    await appendFile(path, ndjson(entries(1, 8)));
    await following.until(() => following.items.length === 8);
    await following.stop();
    expect(following.ids).toEqual(upTo(8));
    expect(source.gaps()).toEqual([]);
  });

  test("keeps the order of lines that the writer adds to the old file before it opens the new one", async () => {
    const { path, source } = await log(1);
    const following = new Following(source);
    await following.until(() => following.items.length === 1);
    const writer = await open(path, "a");
    await rotate(path, 0);
    await writer.appendFile(ndjson(entries(2, 2)));
    await following.until(() => following.items.length === 3);
    await writer.close();
    await appendFile(path, ndjson(entries(2, 4)));
    await following.until(() => following.items.length === 5);
    await following.stop();
    expect(following.ids).toEqual(upTo(5));
    expect(source.gaps()).toEqual([]);
  });

  test("loses nothing from a writer that stays with the old file after the new one has entries", async () => {
    const { path, source } = await log(1);
    const following = new Following(source);
    await following.until(() => following.items.length === 1);
    const writer = await open(path, "a");
    await rotate(path, 0, ndjson(entries(1, 10)));
    await following.until(() => following.items.length === 2);
    await writer.appendFile(ndjson(entries(1, 11)));
    await following.until(() => following.items.length === 3);
    await appendFile(path, ndjson(entries(1, 12)));
    await following.until(() => following.items.length === 4);
    await writer.close();
    await following.stop();
    expect(following.ids).toEqual(["1-0", "10-0", "11-0", "12-0"]);
    expect(source.gaps()).toEqual([]);
  });

  test("gives a last line without its line end, whole or torn, before it continues", async () => {
    const { path, source } = await log(1);
    const following = new Following(source);
    await following.until(() => following.items.length === 1);
    await appendFile(path, ndjson(entries(1, 2)).trimEnd());
    await rotate(path, 0);
    await following.until(() => following.items.length === 2);
    await appendFile(path, '{"id": "3-0", "fiel');
    await rotate(path, 1, ndjson(entries(1, 4)));
    await following.until(() => following.items.length === 4);
    await following.stop();
    expect(following.items.map(({ kind }) => kind)).toEqual(["entry", "entry", "rejected", "entry"]);
    expect(source.gaps()).toEqual([]);
  });

  test.each([
    ["numbered", (path: string) => [`${path}.1`, `${path}.2`]],
    ["dated", (path: string) => [`${path}-20260106`, `${path}-20260105`]],
    [
      "dated before the extension",
      (path: string) => [path.replace(".ndjson", "-20260106.ndjson"), path.replace(".ndjson", "-20260105.ndjson")],
    ],
  ])("several times between two looks, all files in between are found: %s", async (_, names) => {
    const { path, source } = await log(2);
    const follower = looking(source);
    await follower.until(2);
    const [newer, older] = names(path) as [string, string];
    await rename(path, older);
    await writeFile(path, ndjson(entries(2, 3)));
    await rename(path, newer);
    await writeFile(path, ndjson(entries(2, 5)));
    await follower.until(6);
    await follower.stop();
    expect(ids(follower.items)).toEqual(upTo(6));
    expect(source.gaps()).toEqual([]);
  });

  test.each<[string, (path: string) => Promise<void>]>([
    [
      "the file in between was compressed",
      async (path) => {
        await rename(path, `${path}.2`);
        await writeFile(`${path}.1.gz`, gzipSync(ndjson(entries(2, 3))));
      },
    ],
    ["the old one was deleted", (path) => rm(path)],
    [
      "the old one was moved elsewhere",
      async (path) => {
        await mkdir(`${path}.d`);
        await rename(path, join(`${path}.d`, "old"));
      },
    ],
    [
      "the file in between has a name that no rotation gives",
      async (path) => {
        await rename(path, `${path}.first`);
        await writeFile(`${path}.second`, ndjson(entries(2, 3)));
      },
    ],
  ])("is a gap if %s", async (_, happened) => {
    const { path, source } = await log(2);
    const follower = looking(source);
    await follower.until(2);
    await happened(path);
    await writeFile(path, ndjson(entries(2, 5)));
    await follower.until(4);
    await follower.stop();
    expect(ids(follower.items)).toEqual(["1-0", "2-0", "5-0", "6-0"]);
    expect(source.gaps()).toMatchObject([{ kind: "replaced" }]);
  });

  test("is a gap if the next file overwrites the old one; the next file is read", async () => {
    const { path, source } = await log(2);
    const follower = looking(source);
    await follower.until(2);
    await rename(path, `${path}.1`);
    await writeFile(path, ndjson(entries(2, 3)));
    await rename(path, `${path}.1`);
    await writeFile(path, ndjson(entries(2, 5)));
    await follower.until(6);
    await follower.stop();
    expect(ids(follower.items)).toEqual(upTo(6));
    expect(source.gaps()).toMatchObject([{ kind: "replaced" }]);
  });

  test("ignores older copies that are renamed, compressed or copied, and other files beside the log", async () => {
    const { path, source } = await log(4);
    await writeFile(`${path}.1`, ndjson(entries(1)));
    await rename(path, `${path}.new`);
    await rename(`${path}.new`, path);
    const following = new Following(source, firstIdAt(2));
    await following.until(() => following.items.length === 2);
    await writeFile(`${path}.2.gz`, gzipSync(ndjson(entries(1))));
    await writeFile(`${path}.lock`, "17\n");
    await writeFile(`${path}.torn-1763818338282`, '{"id": "5-0", "fiel');
    await rename(`${path}.1`, `${path}.3`);
    await rotate(path, 0, ndjson(entries(1, 5)));
    await copyFile(`${path}.1`, `${path}.bak`);
    await following.until(() => following.items.length === 3);
    await following.stop();
    expect(following.ids).toEqual(["3-0", "4-0", "5-0"]);
    expect(source.gaps()).toEqual([]);
  });

  test("gives every entry once and in order, whenever it was appended or rotated", async () => {
    const step = fc.constantFrom("append", "append", "rotate", "look");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const { path, source } = await log(1);
        const follower = looking(source);
        await follower.until(1);
        let written = 1;
        let kept = 0;
        for (const what of steps) {
          if (what === "append") await appendFile(path, ndjson(entries(1, ++written)));
          else if (what === "rotate") await rotate(path, kept++);
          else await follower.until(written);
        }
        await follower.until(written);
        await follower.stop();
        expect(ids(follower.items)).toEqual(upTo(written));
        expect(source.gaps()).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });
});

describe("an event log that is replaced by the same text", () => {
  test.each<[string, (path: string) => Promise<void>]>([
    [
      "a copy under another inode",
      async (path) => {
        await copyFile(path, `${path}.new`);
        await rename(`${path}.new`, path);
      },
    ],
    [
      "a copy of itself, which was renamed",
      async (path) => {
        await rename(path, `${path}.1`);
        await copyFile(`${path}.1`, path);
      },
    ],
    [
      "the same text rewritten, shorter at first",
      async (path) => {
        const text = await readFile(path);
        await truncate(path, 0);
        await writeFile(path, `\n${text.toString()}`);
      },
    ],
  ])("gives nothing twice and nothing from before the start, and has a gap: %s", async (_, replace) => {
    const { path, source } = await log(6);
    const following = new Following(source, lastIdAt(3));
    await following.until(() => following.items.length === 3);
    await replace(path);
    await following.until(() => source.gaps().length > 0);
    await appendFile(path, ndjson(entries(1, 7)));
    await following.until(() => following.items.length === 4);
    await following.stop();
    expect(following.ids).toEqual(["4-0", "5-0", "6-0", "7-0"]);
    expect(source.gaps().length).toBeGreaterThan(0);
  });
});

describe("an event log that was rotated while it was not followed", () => {
  test("is followed from the file that was rotated away", async () => {
    const { path, source } = await log(4);
    await rotate(path, 0, ndjson(entries(2, 5)));
    await rotate(path, 1, ndjson(entries(2, 7)));
    const following = new Following(source, firstIdAt(3));
    await following.until(() => following.items.length === 5);
    await following.stop();
    expect(following.ids).toEqual(["4-0", "5-0", "6-0", "7-0", "8-0"]);
    expect(source.gaps()).toEqual([]);
  });

  test("has a gap if the next file is compressed", async () => {
    const { path, source } = await log(4);
    await writeFile(`${path}-20260105.gz`, gzipSync(await readFile(path)));
    await writeFile(path, ndjson(entries(1, 9)));
    const following = new Following(source, firstIdAt(3));
    await following.until(() => following.items.length === 1);
    await following.stop();
    expect(source.gaps()).toMatchObject([
      { kind: "rotated", detail: expect.stringContaining("journal.ndjson-20260105.gz") as string },
    ]);
  });

  test("has no gap if the old file ended with the last entry read", async () => {
    const { path, source } = await log(4);
    await writeFile(`${path}.1.gz`, gzipSync(await readFile(path)));
    await writeFile(path, ndjson(entries(1, 9)));
    const following = new Following(source, firstIdAt(4));
    await following.until(() => following.items.length === 1);
    await following.stop();
    expect(source.gaps()).toEqual([]);
  });
});

describe("a reading of a rotated event log", () => {
  const range = (from: EntryId) => ({ from, to: MAX_ID });
  const rotated: [string, (text: string) => [string, string | Buffer]][] = [
    ["plain", (text) => [".1", text]],
    ["packed", (text) => ["-20260105.gz", gzipSync(text)]],
    ["compressed in an unsupported format", (text) => [".1.xz", `xz${text}`]],
  ];

  test.each(rotated)("has a gap if it begins before the log and the rest was rotated away: %s", async (_, file) => {
    const { path, source } = await log(0);
    const [suffix, content] = file(ndjson(entries(4)));
    await writeFile(`${path}${suffix}`, content);
    await writeFile(path, ndjson(entries(3, 5)));
    expect(ids((await collect(source.pages(range(firstIdAt(3))))).flat())).toEqual(["5-0", "6-0", "7-0"]);
    await collect(source.pages(range(firstIdAt(3))));
    expect(source.gaps()).toMatchObject([
      { kind: "rotated", detail: expect.stringMatching(/3-0 are in 'journal\.ndjson[.-]\S+' .*--after/) as string },
    ]);
    await source.parts?.(range(firstIdAt(2)), 2);
    expect(source.gaps()).toHaveLength(2);
  });

  test.each<[string, EntryId]>([
    ["begins where the log does", firstIdAt(5)],
    ["asks for everything in the log", MIN_ID],
    ["begins in the log", firstIdAt(6)],
  ])("has no gap if it %s", async (_, from) => {
    const { path, source } = await log(0);
    await writeFile(`${path}.1`, ndjson(entries(4)));
    await writeFile(path, ndjson(entries(3, 5)));
    await collect(source.pages(range(from)));
    expect(source.gaps()).toEqual([]);
  });

  test("has no gap if the rotated files are older than the range", async () => {
    const { path, source } = await log(0);
    await writeFile(`${path}.1`, ndjson(entries(4)));
    await writeFile(`${path}.2.xz`, "packed");
    await utimes(`${path}.2.xz`, 1, 1);
    await writeFile(path, ndjson([...entries(1, 9_000_000)]));
    await collect(source.pages(range(firstIdAt(8_000_000))));
    expect(source.gaps()).toEqual([]);
  });

  test("continues through a rotation", async () => {
    const { path, source } = await log(20_000);
    const found: SourceItem[] = [];
    for await (const page of source.pages(range(MIN_ID))) {
      if (found.length === 0) await rotate(path, 0, ndjson(entries(1, 30_000)));
      found.push(...page);
    }
    expect(found).toHaveLength(20_000);
    expect(source.gaps()).toEqual([]);
  });
});

test.each<[string, ReturnType<typeof likenessOf>]>([
  ["log.ndjson.1", "rotated"],
  ["log.ndjson.12.gz", "rotated"],
  ["log.ndjson-20260105", "rotated"],
  ["log.ndjson-2026010503.backup", "rotated"],
  ["log.ndjson.2026-01-05_10-00", "rotated"],
  ["log.1.ndjson", "rotated"],
  ["log-20260105.ndjson.gz", "rotated"],
  ["log.ndjson.old", "similar"],
  ["log.ndjson.torn-1763818338282", "other"],
  ["log-shadow.ndjson", "other"],
  ["log2.ndjson", "other"],
  ["another.ndjson", "other"],
])("%s beside log.ndjson: %s", (name, likeness) => {
  expect(likenessOf("log.ndjson", name)).toBe(likeness);
});
