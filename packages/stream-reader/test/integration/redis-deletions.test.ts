import fc from "fast-check";
import type { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { compareIds, firstIdAt, idTime, lastIdAt, MAX_ID, MIN_ID, type EntryId } from "@qsc/contract";
import type { EventSource, IdRange } from "../../src/index.js";
import { ALL, collect, Following } from "../support/collect.js";
import { entries } from "../support/entries.js";
import { dividedRedis, readParts } from "../support/parts.js";
import { add, opened, server, STREAM, writer } from "../support/redis.js";
import { startForgetfulProxy } from "../support/forgetful-proxy.js";

const deleted = (source: EventSource): string[] =>
  source
    .gaps()
    .filter(({ kind }) => kind === "deleted")
    .map(({ detail }) => detail);
const until = (ms: number): IdRange => ({ from: MIN_ID, to: lastIdAt(ms) });
const since = (ms: number): IdRange => ({ from: firstIdAt(ms), to: MAX_ID });
const ids = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, at) => `${from + at}-0`);

async function stream(count: number) {
  const redis = await server();
  const client = writer(redis);
  await add(client, entries(count));
  return { redis, client, source: await opened(redis.url) };
}

/** The IDs in a range, oldest first. With a count, the newest ones. */
async function read(source: EventSource, range: IdRange, count: number | null = null): Promise<EntryId[]> {
  const pages = count === null ? source.pages(range) : source.pages(range, "newest-first", count);
  const found = (await collect(pages)).flat().map(({ id }) => id as EntryId);
  return found.sort(compareIds);
}

describe("entries that were deleted before a range was read", () => {
  test("are a gap even if a later deletion hides them, at the end of the stream or after the range", async () => {
    const { client, redis, source } = await stream(500);
    await client.xdel(STREAM, ...ids(100, 374), "500-0");
    await read(source, ALL);
    expect(deleted(source)).toEqual([
      expect.stringMatching(
        /entry 500-0, within the range read, was deleted, and 275 other entries.*--after 1970-01-01T00:00:00\.501Z/,
      ) as string,
    ]);
    const asOf = await opened(redis.url);
    await read(asOf, until(450));
    expect(deleted(asOf)).toEqual([
      expect.stringMatching(
        /entry 500-0, after the range read, was deleted, and 276 entries have left .* may have been in the range/,
      ) as string,
    ]);
    const counted = await opened(redis.url);
    expect(await read(counted, until(450), 100)).toHaveLength(100);
    expect(deleted(counted)).toHaveLength(1);
  });

  test("are not a gap before the range, before the oldest entry counted, or if the only one that ever left was after the range", async () => {
    const { client, redis, source } = await stream(500);
    await client.xdel(STREAM, "300-0");
    await read(source, since(301));
    await read(source, ALL, 200);
    await read(source, until(299));
    await read(source, until(299), 50);
    expect(source.gaps()).toEqual([]);
    const whole = await opened(redis.url);
    await read(whole, ALL, 201);
    expect(deleted(whole)).toHaveLength(1);
  });

  test("are not a gap if the range begins after them in the same page", async () => {
    const { client, source } = await stream(100);
    await client.xdel(STREAM, "70-0");
    expect(await read(source, ALL, 30)).toHaveLength(30);
    expect(source.gaps()).toEqual([]);
    expect(await read(source, ALL, 31)).toHaveLength(31);
    expect(deleted(source)).toHaveLength(1);
  });

  test("are a gap if only the newest entry was deleted and the range is open-ended", async () => {
    const { client, source } = await stream(300);
    await client.xdel(STREAM, "300-0");
    const { endId, lastId } = await source.state();
    expect({ endId, lastId }).toEqual({ endId: "300-0", lastId: "299-0" });
    await read(source, { from: MIN_ID, to: endId ?? MAX_ID });
    expect(deleted(source)).toHaveLength(1);
  });

  test("are not a gap if they were deleted after they were read, and a gap if before", async () => {
    const { client, redis } = await stream(3000);
    const deleting = async (ids: readonly string[], range: IdRange): Promise<string[]> => {
      const source = await opened(redis.url);
      let pages = 0;
      for await (const page of source.pages(range))
        if (page.length > 0 && pages++ === 0) await client.xdel(STREAM, ...ids);
      return deleted(source);
    };
    // The first page has 50 entries, and the next 200 were asked for before it was given out.
    expect(await deleting(["20-0", "30-0"], since(11))).toEqual([]);
    expect(await deleting(["40-0", "2000-0"], since(31))).toHaveLength(1);
    expect(await deleting(["2500-0", "2999-0"], { from: firstIdAt(2001), to: lastIdAt(2600) })).toHaveLength(1);
  });

  test("give the same gaps to the readers of its parts as to one reader", async () => {
    const { client, redis } = await stream(2000);
    await client.xdel(STREAM, ...ids(700, 800), "1990-0");
    for (const range of [ALL, since(900), until(1500), { from: firstIdAt(1995), to: MAX_ID }, since(1991)]) {
      const source = await opened(redis.url);
      await read(source, range);
      await using divided = await dividedRedis(redis.url, STREAM, range, 2);
      const { gaps } = await readParts(divided.parts);
      expect(new Set(gaps.map(({ detail }) => detail)), JSON.stringify(range)).toEqual(
        new Set(source.gaps().map(({ detail }) => detail)),
      );
    }
  });

  test("cannot be ruled out on a server that does not report deletions", async () => {
    const { redis } = await stream(100);
    const proxy = await startForgetfulProxy(redis.port);
    const source = await opened(`redis://127.0.0.1:${proxy.port}`);
    await read(source, ALL);
    expect(deleted(source)).toEqual([
      expect.stringMatching(/does not say whether entries were deleted.*7\.0/) as string,
    ]);
    const followed = await opened(`redis://127.0.0.1:${proxy.port}`);
    const following = new Following(followed, firstIdAt(50));
    await following.until(() => following.items.length === 50);
    await following.stop();
    expect(deleted(followed)).toHaveLength(1);
  });
});

type Deed = { readonly kind: "add" | "delete" | "trim"; readonly at: number };
type Reading = {
  readonly kind: "whole" | "after" | "count" | "as-of" | "between";
  readonly at: number;
  readonly end: number;
};

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant("add" as const) },
    { weight: 3, arbitrary: fc.constant("delete" as const) },
    { weight: 1, arbitrary: fc.constant("trim" as const) },
  ),
  at: fc.nat(99),
});
const reading: fc.Arbitrary<Reading> = fc.record({
  kind: fc.constantFrom("whole" as const, "after" as const, "count" as const, "as-of" as const, "between" as const),
  at: fc.nat(99),
  end: fc.nat(99),
});

/** A stream, and what happened to each of its entries. */
class ModelledStream {
  readonly added: EntryId[] = [];
  readonly deleted = new Set<EntryId>();
  present: EntryId[] = [];
  readonly #client: Redis;
  readonly #key: string;

  constructor(client: Redis, key: string) {
    this.#client = client;
    this.#key = key;
  }

  async do({ kind, at }: Deed): Promise<void> {
    const chosen = this.present[Math.floor((at / 100) * this.present.length)];
    if (kind === "add") for (let count = 0; count <= at % 5; count += 1) await this.add();
    else if (chosen === undefined) return;
    else if (kind === "delete") {
      await this.#client.xdel(this.#key, chosen);
      this.deleted.add(chosen);
      this.present = this.present.filter((id) => id !== chosen);
    } else {
      await this.#client.xtrim(this.#key, "MINID", chosen);
      this.present = this.present.filter((id) => compareIds(id, chosen) >= 0);
    }
  }

  async add(): Promise<void> {
    const id = firstIdAt(10 * (this.added.length + 1));
    await this.#client.xadd(this.#key, id, "n", "x");
    this.added.push(id);
    this.present.push(id);
  }

  /** A time at one of the entries, or between two. */
  time(at: number): number {
    return Math.floor((at / 100) * 10 * (this.added.length + 2));
  }
}

test("whatever is added, deleted and trimmed: every deletion in the range is reported, and nothing else", async () => {
  const redis = await server();
  const client = writer(redis);
  let keys = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 25 }), reading, async (deeds, { kind, at, end }) => {
      const key = `stream:${keys++}`;
      const model = new ModelledStream(client, key);
      await model.add();
      for (const one of deeds) await model.do(one);
      const source = await opened(redis.url, { stream: key });
      try {
        const from = kind === "after" || kind === "between" ? firstIdAt(model.time(at)) : MIN_ID;
        const to = kind === "as-of" || kind === "between" ? lastIdAt(model.time(end)) : MAX_ID;
        if (compareIds(from, to) > 0) return;
        const count = kind === "count" ? 1 + (at % 8) : null;
        const found = await read(source, { from, to }, count);
        expect(found).toEqual(
          model.present
            .filter((id) => compareIds(id, from) >= 0 && compareIds(id, to) <= 0)
            .slice(count === null ? 0 : -count),
        );
        const low = count !== null && found.length === count ? (found[0] ?? from) : from;
        const inRange = [...model.deleted].filter((id) => compareIds(id, low) >= 0 && compareIds(id, to) <= 0);
        const fromLow = [...model.deleted].filter((id) => compareIds(id, low) >= 0);
        if (inRange.length > 0) expect(deleted(source), "a deletion in the range was not reported").not.toEqual([]);
        if (fromLow.length === 0)
          expect(deleted(source), "nothing was deleted from the range's beginning on").toEqual([]);
        if (inRange.length === 0 && model.added.length - model.present.length === 1)
          expect(deleted(source), "the only one that left was outside the range").toEqual([]);
      } finally {
        await source.close();
      }
    }),
    { numRuns: 250, seed: 13 },
  );
});

test("whatever is added, deleted and trimmed under a follower: exactly the entries it never gives are a gap", async () => {
  const redis = await server();
  const client = writer(redis);
  let keys = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { maxLength: 8 }),
      fc.array(fc.array(deed, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 }),
      async (before, rounds) => {
        const key = `followed:${keys++}`;
        const model = new ModelledStream(client, key);
        await model.add();
        for (const one of before) await model.do(one);
        const after = model.added.at(-1) ?? MIN_ID;
        const source = await opened(redis.url, { stream: key });
        const following = new Following(source, after);
        try {
          for (const deeds of rounds) {
            for (const one of deeds) await model.do(one);
            await model.add();
            await following.until(() => following.ids.at(-1) === model.added.at(-1));
          }
        } finally {
          await following.stop();
          await source.close();
        }
        const wanted = model.added.filter((id) => idTime(id) > idTime(after));
        const given = new Set(following.ids);
        expect(following.ids).toEqual(wanted.filter((id) => given.has(id)));
        const lost = wanted.filter((id) => !given.has(id));
        if (lost.length > 0) expect(source.gaps(), `${lost.join(" ")} unsaid`).not.toEqual([]);
        if (model.deleted.size === 0 && lost.length === 0) expect(source.gaps()).toEqual([]);
      },
    ),
    { numRuns: 12, seed: 7 },
  );
});
