import { idTime, MIN_ID, type EntryId, type ShardsMark } from "@qsc/contract";
import { startCluster, temporaryDirectory } from "@qsc-tooling/testkit";
import fc from "fast-check";
import { Cluster, type Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSource, ownId, shardOf, type EventSource, type RawEntry } from "../../src/index.js";
import { readSigningKey } from "../../src/signature/key-files.js";
import { entrySigner } from "../../src/signature/sign-entry.js";
import { ALL, codedError, collect, eventually, Following, readAll } from "../support/collect.js";
import { entries, entry } from "../support/entries.js";
import { secretFile } from "../support/key-files.js";
import { plain, readParts } from "../support/parts.js";
import { add, opened, server, writer } from "../support/redis.js";

const KEYS = ["intent:0", "intent:1"];

async function shards(): Promise<{ readonly url: string; readonly client: Redis }> {
  const redis = await server();
  return { url: redis.url, client: writer(redis) };
}

/** The shard and the ID there of everything given. */
function places({ items }: Pick<Following, "items">): readonly string[] {
  return items.map(({ id }) => (id === null ? "?" : `${shardOf(id)}:${ownId(id)}`));
}

function shardsMark(source: EventSource): ShardsMark {
  const mark = source.mark?.() ?? null;
  if (mark?.kind !== "shards") throw new Error("there is no mark of shards");
  return mark;
}

describe("a stream in shards", () => {
  test("names each shard that gives nothing, and reads the others", async () => {
    const { url, client } = await shards();
    await add(client, entries(3), "intent:0");
    await client.set("intent:2", "text");
    await client.xgroup("CREATE", "intent:3", "readers", "$", "MKSTREAM");
    const source = await opened(url, { stream: ["intent:0", "intent:1", "intent:2", "intent:3"] });
    expect(await readAll(source)).toHaveLength(3);
    expect(source.shards?.()).toEqual([
      { stream: "intent:0", problem: null, newestMs: 3, lateMs: 0 },
      { stream: "intent:1", problem: "missing", newestMs: null, lateMs: 0 },
      { stream: "intent:2", problem: "wrong_type", newestMs: null, lateMs: 0 },
      { stream: "intent:3", problem: null, newestMs: null, lateMs: 0 },
    ]);
    expect(source).toMatchObject({ stream: "intent:0,intent:1,intent:2,intent:3" });
    expect(await source.state()).toMatchObject({ length: 3, firstId: "1-0", lastId: "3-0", endId: "3-0" });
  });

  test("without any shard is missing, as one stream is; with one of another type alone it is not opened", async () => {
    const { url, client } = await shards();
    const source = await opened(url, { stream: KEYS });
    expect((await codedError(source.state())).code).toBe("source_missing");
    expect((await codedError(readAll(source))).message).toContain("'intent:0'");
    for (const key of KEYS) await client.set(key, "text");
    expect((await codedError(openSource(url, { stream: KEYS }))).code).toBe("source_wrong_type");
  });

  test("keeps entries of two shards with one ID apart, in one order", async () => {
    const { url, client } = await shards();
    for (const key of KEYS) await add(client, [entry("5-0"), entry("5-1"), entry("6-0")], key);
    const source = await opened(url, { stream: KEYS });
    const found = await readAll(source);
    expect(found.map(({ id }) => id)).toEqual(["5-0", "5-1", "5-1000", "5-1001", "6-0", "6-1"]);
    expect(found[1]?.place).toBe("intent:1 5-0");
    expect((await readAll(source, "newest-first")).map(({ id }) => id)).toEqual(found.map(({ id }) => id).reverse());
  });

  test("is refused where a sequence number leaves no room for the shard", async () => {
    const { url, client } = await shards();
    await add(client, entries(2), "intent:0");
    await client.xadd("intent:1", "7-18446744073709551615", "a", "b");
    const error = await codedError(openSource(url, { stream: KEYS }));
    expect(error.code).toBe("source_unreadable");
    expect(error.message).toContain("7-18446744073709551615");
  });

  test("is read by several threads as by one, each part from all shards", async () => {
    const { url, client } = await shards();
    for (const [shard, key] of KEYS.entries())
      await add(
        client,
        entries(900).filter((_, at) => at % 3 !== shard),
        key,
      );
    const source = await opened(url, { stream: KEYS });
    const parts = (await source.parts?.(ALL, 3, 1)) ?? [];
    expect(parts).toHaveLength(3);
    const found = await readParts(parts);
    expect(found.items).toEqual((await readAll(source)).map(plain));
    expect(found.gaps).toEqual([]);
    await client.del("intent:1");
    expect((await codedError(readParts(parts))).code).toBe("source_missing");
  });

  test("is verified by the key that each entry was signed for", async () => {
    const { url, client } = await shards();
    const directory = await temporaryDirectory();
    onTestFinished(() => directory.remove());
    const { signs, verifies } = secretFile(directory.path, "engine");
    const key = await readSigningKey(signs);
    const signed = (stream: string, id: EntryId): RawEntry => {
      const one = entry(id);
      return { ...one, fields: entrySigner(stream, key)(id, one.fields) };
    };
    await add(client, [signed("intent:0", "1-0")], "intent:0");
    await add(client, [signed("intent:1", "2-0"), signed("intent:0", "3-0")], "intent:1");
    const source = await opened(url, { stream: KEYS, verifyKeys: [verifies] });
    expect(source.verifies).toBe(true);
    expect((await readAll(source)).map(({ kind }) => kind)).toEqual(["entry", "entry", "rejected"]);
  });
});

describe("following shards", () => {
  test("gives an entry that comes late, and says by how much", async () => {
    const { url, client } = await shards();
    for (const key of KEYS) await add(client, entries(2), key);
    const source = await opened(url, { stream: KEYS });
    const following = new Following(source);
    await following.until(() => following.items.length === 4);
    await add(client, [entry("9000-0")], "intent:0");
    await following.until(() => following.items.length === 5);
    await add(client, [entry("8000-0")], "intent:1");
    await following.until(() => following.items.length === 6);
    await following.stop();
    expect(places(following).slice(4)).toEqual(["0:9000-0", "1:8000-0"]);
    expect(source.shards?.().map(({ lateMs }) => lateMs)).toEqual([0, 1000]);
    expect(source.gaps()).toEqual([]);
  });

  test("continues where the pages ended in each shard, not at their newest entry", async () => {
    const { url, client } = await shards();
    for (const key of KEYS) await add(client, [entry("10-0")], key);
    const source = await opened(url, { stream: KEYS });
    await add(client, [entry("30-0")], "intent:0");
    const read = await readAll(source);
    await add(client, [entry("20-0"), entry("40-0")], "intent:1");
    const following = new Following(source, read.at(-1)?.id ?? MIN_ID);
    await following.until(() => following.items.length === 2);
    await following.stop();
    expect(places(following)).toEqual(["1:20-0", "1:40-0"]);
  });

  test("has a gap if it is resumed with other shards, in another order, or with one stream", async () => {
    const { url, client } = await shards();
    for (const key of [...KEYS, "intent:2"]) await add(client, entries(3), key);
    const source = await opened(url, { stream: KEYS });
    const following = new Following(source);
    await following.until(() => following.items.length === 6);
    await following.stop();
    const mark = shardsMark(source);
    for (const stream of [[...KEYS, "intent:2"], KEYS.toReversed(), ["intent:0"]]) {
      const other = await opened(url, { stream });
      const again = new Following(other, mark.id as EntryId, { resumes: true, mark });
      await eventually(() => other.gaps().length > 0);
      await again.stop();
      expect(other.gaps()[0]?.detail).toMatch(/it cannot be compared with what was read, which was .*start with the/);
    }
  });

  test("refuses a mark that has another form", async () => {
    const { url, client } = await shards();
    await add(client, entries(3), "intent:0");
    const source = await opened(url, { stream: KEYS });
    for (const list of [undefined, "x", [1], [{ stream: "intent:0" }], [{ stream: "intent:0", id: "x" }]]) {
      const mark = { kind: "shards", id: "1-0", shards: list } as unknown as ShardsMark;
      const read = collect(source.follow("1-0", { signal: AbortSignal.abort(), resumes: true, mark }));
      expect((await codedError(read)).code).toBe("invalid_option");
    }
  });

  test.each([
    ["deleted and written again with fewer entries", 2],
    ["deleted and written again with more", 9],
  ])("has a gap that names the shard that was %s", async (_, count) => {
    const { url, client } = await shards();
    for (const key of KEYS) await add(client, entries(5), key);
    const source = await opened(url, { stream: KEYS });
    const following = new Following(source);
    await following.until(() => following.items.length === 10);
    await following.stop();
    const mark = shardsMark(source);
    await client.del("intent:1");
    await add(client, entries(count, 20), "intent:1");
    const other = await opened(url, { stream: KEYS });
    const again = new Following(other, mark.id as EntryId, { resumes: true, mark });
    await eventually(() => other.gaps().length > 0);
    await again.stop();
    expect(other.gaps()[0]).toMatchObject({
      kind: "recreated",
      detail: expect.stringContaining("'intent:1'") as string,
    });
  });

  test("gives each entry once, in the order of its shard, whatever is written when and however often it is resumed", async () => {
    const { url, client } = await shards();
    const step = fc.record({
      shard: fc.nat(2),
      ahead: fc.integer({ min: 1, max: 50 }),
      stops: fc.integer({ min: 0, max: 5 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        round += 1;
        const keys = [0, 1, 2].map((shard) => `round:${round}:${shard}`);
        for (const key of keys) await add(client, [entry("1-0")], key);
        const written: string[][] = [["0:1-0"], ["1:1-0"], ["2:1-0"]];
        const given: string[] = [];
        let after: { readonly id: EntryId; readonly mark: ShardsMark } | null = null;
        const begin = async (): Promise<[EventSource, Following]> => {
          const source = await openSource(url, { stream: keys });
          const further = after === null ? {} : { resumes: true, mark: after.mark };
          return [source, new Following(source, after?.id ?? MIN_ID, further)];
        };
        let [source, following] = await begin();
        const end = async (isAll: boolean): Promise<void> => {
          const wanted = written.flat().length - given.length;
          await following.until(() => following.items.length >= (isAll ? wanted : Math.min(1, wanted)));
          await following.stop();
          given.push(...places(following));
          const mark = following.items.length === 0 ? null : shardsMark(source);
          if (mark !== null) after = { id: mark.id as EntryId, mark };
          expect(source.gaps()).toEqual([]);
          await source.close();
        };
        const last = [1, 1, 1];
        for (const { shard, ahead, stops } of steps) {
          last[shard] = (last[shard] ?? 0) + ahead;
          await client.xadd(keys[shard] ?? "", `${last[shard]}-0`, "n", "x");
          written[shard]?.push(`${shard}:${last[shard]}-0`);
          if (stops > 0) continue;
          await end(false);
          [source, following] = await begin();
        }
        await end(true);
        for (const shard of [0, 1, 2])
          expect(given.filter((place) => place.startsWith(`${shard}:`))).toEqual(written[shard]);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });
});

describe("the shards of a cluster", () => {
  test("are read and followed each on its own node; while one node does not answer, nothing that comes after it is given", async () => {
    const cluster = await startCluster(3);
    onTestFinished(() => cluster.stop());
    const client = new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
    onTestFinished(() => {
      client.disconnect();
    });
    const keys = ["a", "b", "c", "d", "e", "f"];
    const owners = await Promise.all(keys.map((key) => cluster.ownerOf(key)));
    expect(new Set(owners).size).toBe(3);
    const write = async (from: number, to: number, isIn: (key: string) => boolean): Promise<void> => {
      for (let at = from; at <= to; at += 1) {
        const key = keys[at % keys.length] ?? "";
        if (isIn(key)) await client.xadd(key, `${at}-0`, "n", "x");
      }
    };
    await write(1, 60, () => true);
    const source = await opened(cluster.url, { stream: keys, timeoutMs: 3000 });
    const read = await readAll(source);
    expect(read.map(({ id }) => idTime(id ?? MIN_ID))).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
    const following = new Following(source, read.at(-1)?.id ?? MIN_ID);
    await write(61, 120, () => true);
    await following.until(() => following.items.length === 60);
    const stopped = owners[0];
    if (stopped === undefined) throw new Error("a key has an owner");
    const isThere = (key: string): boolean => owners[keys.indexOf(key)] !== stopped;
    stopped.pause();
    await write(121, 180, isThere);
    await following.until(() => following.outages.length > 0);
    const before = following.items.length;
    stopped.resume();
    await write(121, 180, (key) => !isThere(key));
    await following.until(() => following.items.length === 120);
    await following.stop();
    // What had arrived before the node stopped answering may still be given.
    expect(before).toBeLessThan(120);
    expect(new Set(places(following)).size).toBe(120);
    expect(source.gaps()).toEqual([]);
    expect(await collect(source.pages(ALL, "newest-first", 7))).toHaveLength(1);
  });
});
