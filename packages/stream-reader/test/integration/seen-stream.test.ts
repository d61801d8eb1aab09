import { describeRequiring, requireRedis, seededTelemetry, startRedis, writeStream } from "@qsc-tooling/testkit";
import { MAX_ID, MIN_ID } from "@qsc/contract";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { openPart, openSource, type SourcePart } from "../../src/index.js";

const RANGE = { from: MIN_ID, to: MAX_ID };
const ENTRIES = seededTelemetry({ seed: 6, version: 2, count: 300, intervalMs: 1000 }).entries;

async function dividedAt(url: string, stream: string | readonly string[]): Promise<readonly SourcePart[]> {
  await using source = await openSource(url, { stream });
  const parts = await source.parts?.(RANGE, 3, 0);
  if (parts === undefined || parts === null) throw new Error("the stream cannot be divided");
  return parts;
}

/** How many entries all parts have, and what was lost. */
async function readAll(parts: readonly SourcePart[]): Promise<{ readonly entries: number; readonly gaps: string[] }> {
  let entries = 0;
  const gaps: string[] = [];
  for (const part of parts) {
    await using reader = await openPart(part);
    for await (const page of reader.pages(part.range)) entries += page.length;
    gaps.push(...reader.gaps().map(({ kind }) => kind));
  }
  return { entries, gaps };
}

const KEYS = ["intents-0", "intents-1"];
const FORMS: readonly [string, string | readonly string[]][] = [
  ["of a stream", "intents-0"],
  ["of a stream in shards", KEYS],
];

describeRequiring(requireRedis(), "a part that is read later", () => {
  test.each(FORMS)("%s: is whole if nothing has happened, and if more was written", async (_, stream) => {
    await using redis = await startRedis();
    for (const key of KEYS) await writeStream(redis.url, key, ENTRIES.slice(0, 200));
    const parts = await dividedAt(redis.url, stream);
    const all = typeof stream === "string" ? 200 : 400;
    expect(await readAll(parts)).toEqual({ entries: all, gaps: [] });
    await writeStream(redis.url, "intents-0", ENTRIES.slice(200));
    const [first] = parts;
    expect((await readAll(first === undefined ? [] : [first])).gaps).toEqual([]);
  });

  test.each(FORMS)("%s: is refused on another server that is reached by the same name", async (_, stream) => {
    await using redis = await startRedis();
    await using another = await startRedis();
    for (const key of KEYS) await writeStream(redis.url, key, ENTRIES.slice(0, 200));
    const parts = await dividedAt(redis.url, stream);
    const elsewhere = parts.map((part) => ({ ...part, url: another.url }));
    const other = seededTelemetry({ seed: 7, version: 2, count: 300, intervalMs: 1000 }).entries;
    // One that has come less far, and one that has come further: of another content.
    for (const entries of [ENTRIES.slice(0, 150), other]) {
      const client = new Redis(another.url);
      await client.flushall();
      client.disconnect();
      for (const key of KEYS) await writeStream(another.url, key, entries);
      await expect(readAll(elsewhere)).rejects.toMatchObject({ code: "source_unreadable" });
    }
  });

  test.each(FORMS)("%s: has a gap if its entries were trimmed or deleted meanwhile", async (_, stream) => {
    await using redis = await startRedis();
    for (const key of KEYS) await writeStream(redis.url, key, ENTRIES);
    const client = new Redis(redis.url);
    try {
      const whole = await dividedAt(redis.url, stream);
      await client.xtrim("intents-0", "MINID", ENTRIES[100]?.id ?? "");
      expect((await readAll(whole)).gaps).toContain("trimmed");
      const trimmed = await dividedAt(redis.url, stream);
      expect((await readAll(trimmed)).gaps).toEqual([]);
      await client.xdel("intents-0", ENTRIES[150]?.id ?? "");
      expect((await readAll(trimmed)).gaps).toContain("deleted");
      await client.xtrim("intents-0", "MAXLEN", 0);
      expect((await readAll(trimmed)).gaps).toContain("trimmed");
    } finally {
      client.disconnect();
    }
  });
});
