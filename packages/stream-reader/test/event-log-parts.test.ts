import { appendFile, rename, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { firstIdAt, lastIdAt } from "@qsc/contract";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { decodeEntry, openPart, openSource, type SourcePart } from "../src/index.js";
import { ALL, codedError, collect } from "./support/collect.js";
import { entries, entry, line, ndjson, v1 } from "./support/entries.js";
import { dividedJournal, plain, readParts } from "./support/parts.js";

async function place(text: string | Buffer): Promise<string> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, "journal.ndjson");
  await writeFile(path, text);
  return path;
}

async function partsOf(path: string, count = 2): Promise<readonly SourcePart[]> {
  await using source = dividedJournal(path);
  const parts = await source.parts(ALL, count);
  expect(parts).not.toBeNull();
  return parts ?? [];
}

const id = fc.tuple(fc.nat(30), fc.nat(3)).map(([ms, sequence]) => `${ms}-${sequence}`);
const text = fc.string({ unit: fc.constantFrom("a", "é", "\\", '"', "\n", "\u2028", "{", "["), maxLength: 300 });
const written = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(id, text).map(([at, value]) => line(entry(at, "a", value))) },
  {
    weight: 3,
    arbitrary: id.map((at) =>
      line(v1({ symbol: "A", timestamp: at, model_breakdown: { m: { action: "BUY", confidence: 0.5 } } }, at)),
    ),
  },
  { weight: 1, arbitrary: id.map((at) => line(v1({ symbol: "A" }, at))) },
  fc.constantFrom(
    "",
    " \t",
    "nonsense",
    '{"id": "5-0"',
    '{"id": "x", "fields": {}}',
    '[["1-0", []]]',
    "\ufeff",
    '["7-0", ["a", "b"]]',
    `"${"x".repeat(2000)}"`,
  ),
);
const journals = fc.record({
  bom: fc.constantFrom("", "\ufeff"),
  lines: fc.array(fc.tuple(written, fc.constantFrom("\n", "\n", "\r\n")), { maxLength: 60 }),
  last: fc.constantFrom("", "{", "nonsense", line(entry("9-0")), "\r", `${line(entry("9-0"))}\r`),
});

describe("the parts of an event log", () => {
  test("together give what the whole log gives, in the same order and at the same places, whatever its content", async () => {
    const path = await place("");
    const counts = { divided: 0, whole: 0 };
    await fc.assert(
      fc.asyncProperty(
        journals,
        fc.integer({ min: 2, max: 5 }),
        fc.nat(30),
        async ({ bom, lines, last }, count, from) => {
          await writeFile(path, `${bom}${lines.flat().join("")}${last}`);
          await using source = dividedJournal(path);
          const range = { from: firstIdAt(from), to: lastIdAt(25) };
          const parts = await source.parts(range, count);
          counts[parts === null ? "whole" : "divided"] += 1;
          if (parts === null) return;
          expect(parts.length).toBeLessThanOrEqual(count);
          const { items, gaps } = await readParts(parts);
          const whole = (await collect(source.pages(range))).flat();
          expect(items).toEqual(whole.map(plain));
          expect(gaps).toEqual(source.gaps());
        },
      ),
      { numRuns: 300 },
    );
    expect(counts.divided).toBeGreaterThan(100);
  });

  test("are decoded like the whole log, and rejections name their line", async () => {
    const good = (at: number): string =>
      line(
        v1({ symbol: "A", timestamp: `${at}`, model_breakdown: { m: { action: "BUY", confidence: 0.5 } } }, `${at}-0`),
      );
    const path = await place(
      Array.from({ length: 900 }, (_, at) => (at % 100 === 99 ? "nonsense\n" : `${good(at)}\n`)).join(""),
    );
    const read = await Promise.all(
      (await partsOf(path, 3)).map(async (part) => {
        await using reader = await openPart(part);
        const decoded = [];
        for await (const page of reader.pages(part.range))
          decoded.push(...page.map((item) => (item.kind === "entry" ? decodeEntry(item) : item)));
        return decoded;
      }),
    );
    const places = read.flat().flatMap((item) => (item.kind === "rejected" ? [item.place] : []));
    expect(places).toEqual(Array.from({ length: 9 }, (_, at) => `line ${100 * at + 100}`));
    expect(read.flat().filter(({ kind }) => kind === "intent")).toHaveLength(891);
  });

  test("begin and end at line feeds, and have about the same length", async () => {
    const path = await place(ndjson(entries(10_000)));
    const stretches = (await partsOf(path, 4)).map((part) => (part.kind === "lines" ? part.lineRange : null));
    expect(stretches).toHaveLength(4);
    const lengths = stretches.map((lineRange) => (lineRange?.to.at ?? 0) - (lineRange?.from.at ?? 0));
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThan(200);
    expect(stretches.slice(1).every((lineRange) => lineRange?.from.before.at(-1) === 0x0a)).toBe(true);
  });

  test("are at most as many as there are lines", async () => {
    const long = line(entry("1-0", "a", "x".repeat(500_000)));
    expect(await partsOf(await place(`${ndjson(entries(10))}${long}\n${ndjson(entries(2, 20))}`), 4)).toHaveLength(2);
  });

  test("do not exist for a short, compressed or exported event log, or for one long line", async () => {
    const short = await openSource(await place(ndjson(entries(5000))));
    onTestFinished(() => short.close());
    expect(await short.parts?.(ALL, 2)).toBeNull();
    const pairs = JSON.stringify(
      entries(2000).map((written) => [written.id, written.fields]),
      null,
      1,
    );
    for (const bytes of ["", gzipSync(ndjson(entries(2000))), pairs, line(entry("1-0", "a", "x".repeat(1_000_000)))]) {
      expect(await dividedJournal(await place(bytes)).parts(ALL, 2)).toBeNull();
    }
  });

  test("exist for a short log as well where that is asked for, also for one whose signatures are verified", async () => {
    const path = await place(ndjson(entries(5000)));
    const secret = join(dirname(path), "secret");
    await writeFile(secret, `${"ab".repeat(32)}\n`, { mode: 0o600 });
    for (const options of [{}, { verifyKeys: [secret] }]) {
      const short = await openSource(path, options);
      onTestFinished(() => short.close());
      expect(await short.parts?.(ALL, 2, 4000)).toHaveLength(2);
      expect(await short.parts?.(ALL, 2, 6000)).toBeNull();
      await expect(short.parts?.(ALL, 2, Number.NaN)).rejects.toMatchObject({ code: "invalid_option" });
    }
  });

  test("have only what was there when the log was divided", async () => {
    const path = await place(ndjson(entries(1000)));
    const parts = await partsOf(path);
    await appendFile(path, ndjson(entries(50, 2000)));
    const { items, gaps } = await readParts(parts);
    expect(items).toHaveLength(1000);
    expect(gaps).toEqual([]);
  });
});

describe("an event log that changes after it was divided", () => {
  test.each([".1", "-20260105"])(
    "rotated by rename to %s, it is read at its new place and has no gap",
    async (suffix) => {
      const path = await place(`${ndjson(entries(999))}nonsense\n`);
      const parts = await partsOf(path);
      await rename(path, `${path}${suffix}`);
      const away = await readParts(parts);
      await writeFile(path, ndjson(entries(10, 2000)));
      const { items, gaps } = await readParts(parts);
      expect(items).toEqual(away.items);
      expect(items).toHaveLength(1000);
      expect(items.at(-1)).toMatchObject({ kind: "rejected", place: "line 1000" });
      expect(gaps).toEqual([]);
    },
  );

  test("replaced, it has a gap in every part and no entry of the other file", async () => {
    const path = await place(ndjson(entries(1000)));
    const parts = await partsOf(path);
    await writeFile(`${path}.next`, ndjson(entries(1000)));
    await rename(`${path}.next`, path);
    const { items, gaps } = await readParts(parts);
    expect(items).toEqual([]);
    expect(gaps).toMatchObject([{ kind: "replaced" }, { kind: "replaced" }]);
  });

  test.each([
    ["cut off", ndjson(entries(200))],
    ["empty", ""],
    ["rewritten, and longer", ndjson(entries(3000, 500))],
  ])("%s, it has gaps", async (_, text) => {
    const path = await place(ndjson(entries(1000)));
    const parts = await partsOf(path);
    await writeFile(path, text);
    const { items, gaps } = await readParts(parts);
    expect(items).toEqual([]);
    expect(gaps).toMatchObject([{ kind: "truncated" }, { kind: "truncated" }]);
  });

  test.each([
    ["cut off", async (path: string) => truncate(path, 500_000)],
    ["cut off and grown again", async (path: string) => writeFile(path, ndjson(entries(60_000, 70_000)))],
  ])("%s while a part is read, it has a gap", async (_, change) => {
    const path = await place(ndjson(entries(60_000)));
    for (const part of await partsOf(path)) {
      await writeFile(path, ndjson(entries(60_000)));
      await using reader = await openPart(part);
      let pages = 0;
      for await (const page of reader.pages(part.range)) {
        if (pages === 0) await change(path);
        pages += page.length > 0 ? 1 : 0;
      }
      expect(reader.gaps()).toMatchObject([{ kind: "truncated" }]);
    }
  });

  test("moved away, it is missing, and its lines no longer have a place", async () => {
    const path = await place(ndjson(entries(1000)));
    const [, later] = await partsOf(path);
    if (later === undefined) throw new Error("there is no second part");
    await using reader = await openPart(later);
    const [[first] = []] = await collect(reader.pages(ALL));
    await rename(path, `${path}.old`);
    expect((await codedError(collect(reader.pages(ALL)))).code).toBe("source_missing");
    expect(() => first?.place).toThrow(`There is no event log '${path}'`);
    await writeFile(path, ndjson(entries(1000)));
    expect(() => first?.place).toThrow("was replaced while it was read");
  });
});
