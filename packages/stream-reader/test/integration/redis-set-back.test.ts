import { describe, expect, test } from "vitest";
import { firstIdAt } from "@qsc/contract";
import type { EventSource } from "../../src/index.js";
import { Following } from "../support/collect.js";
import { entries, entry } from "../support/entries.js";
import { add, opened, server, STREAM, writer } from "../support/redis.js";

const gapsOf = (source: EventSource): string[] => source.gaps().map(({ kind, detail }) => `${kind}: ${detail}`);
const numbers = (from: number, to: number): string[] => entries(to - from + 1, from).map(({ id }) => id);

/** A stream of 300 entries, 250 of them on disk, and a follower that began after the 250th and has read to the end. */
async function followed() {
  const redis = await server({ args: ["--save", "3600", "1000000"] });
  const client = writer(redis);
  await add(client, entries(250));
  await client.save();
  await add(client, entries(50, 251));
  const source = await opened(redis.url);
  const following = new Following(source, firstIdAt(250));
  await following.until(() => following.items.length === 50);
  return { redis, source, following };
}

describe("a stream that lost its newest entries", () => {
  test("is resumed after the last entry given: none comes twice, and none from before the start", async () => {
    const { redis, source, following } = await followed();
    await redis.kill();
    await redis.restart();
    const client = writer(redis);
    await following.until(() => source.gaps().length > 0);
    await add(client, entries(10, 301));
    await following.until(() => following.items.length >= 60);
    await following.stop();
    expect(following.ids).toEqual(numbers(251, 310));
    expect(gapsOf(source)).toEqual([expect.stringMatching(/^recreated: .*300-0.*250-0/) as string]);
  });

  test("counts in its gap the entries written since under IDs that are not later", async () => {
    const { redis, source, following } = await followed();
    await redis.kill();
    await redis.restart();
    const client = writer(redis);
    await following.until(() => source.gaps().length > 0);
    // Seven are new; three were given out before.
    await add(client, [
      entry("251-0"),
      entry("251-1"),
      entry("252-0"),
      entry("252-1"),
      entry("270-5"),
      entry("290-1"),
      entry("290-2"),
      entry("290-3"),
      entry("299-9"),
      entry("300-0"),
      entry("301-0"),
    ]);
    await following.until(() => following.items.length >= 51);
    await following.stop();
    expect(following.ids).toEqual([...numbers(251, 300), "301-0"]);
    expect(gapsOf(source)).toEqual([
      expect.stringMatching(/^recreated: .*7 entries.*no later than 300-0.*never given/) as string,
    ]);
  });

  test("is noticed although the stream has grown past the reader before it is seen again", async () => {
    const { redis, source, following } = await followed();
    const elsewhere = writer(await server());
    await add(elsewhere, [...entries(250), ...entries(5, 260), ...entries(60, 400)]);
    // In one step, as when a replica becomes master: the loss itself is never seen.
    await writer(redis).restore(STREAM, 0, await elsewhere.dumpBuffer(STREAM), "REPLACE");
    await following.until(() => following.ids.at(-1) === "459-0");
    await following.stop();
    expect(following.ids).toEqual([...numbers(251, 300), ...numbers(400, 459)]);
    expect(gapsOf(source)).toContainEqual(expect.stringMatching(/^recreated: .*300-0/));
  });
});

describe("a stream that was deleted and recreated", () => {
  test("is resumed after the last entry given", async () => {
    const redis = await server();
    const client = writer(redis);
    await add(client, entries(10));
    const source = await opened(redis.url);
    const following = new Following(source);
    await following.until(() => following.items.length === 10);
    await client.multi().del(STREAM).xadd(STREAM, "3-5", "a", "b").xadd(STREAM, "4-5", "a", "b").exec();
    await following.until(() => source.gaps().length > 0);
    await client.xadd(STREAM, "20-0", "a", "b");
    await following.until(() => following.items.length >= 11);
    await following.stop();
    expect(following.ids).toEqual([...numbers(1, 10), "20-0"]);
    expect(gapsOf(source)).toEqual([
      expect.stringMatching(/^recreated: .*2 entries.*no later than 10-0.*never given/) as string,
    ]);
  });

  test("twice, is two gaps", async () => {
    const redis = await server();
    const client = writer(redis);
    await add(client, entries(10));
    const source = await opened(redis.url);
    const following = new Following(source);
    await following.until(() => following.items.length === 10);
    await client.multi().del(STREAM).xadd(STREAM, "3-5", "a", "b").exec();
    await following.until(() => source.gaps().length === 1);
    await client.multi().del(STREAM).xadd(STREAM, "2-5", "a", "b").exec();
    await following.until(() => source.gaps().length === 2);
    await following.stop();
    expect(following.ids).toEqual(numbers(1, 10));
  });

  test("is a gap for a follower that resumes where an earlier one stopped", async () => {
    const redis = await server();
    const client = writer(redis);
    await add(client, entries(5));
    const source = await opened(redis.url);
    const following = new Following(source, firstIdAt(300), { resumes: true });
    await following.until(() => source.gaps().length > 0);
    await add(client, [entry("299-0"), entry("301-0")]);
    await following.until(() => following.items.length > 0);
    await following.stop();
    expect(following.ids).toEqual(["301-0"]);
    expect(gapsOf(source)).toEqual([expect.stringMatching(/^recreated: .*5-0.*300-0/) as string]);
  });
});
