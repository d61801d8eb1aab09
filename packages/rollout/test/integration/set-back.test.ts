import { describeRequiring, requireRedis, startRedis } from "@qsc-tooling/testkit";
import { firstIdAt, iso, type EntryId } from "@qsc/contract";
import { openSource } from "@qsc/stream-reader";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { hostClock } from "../../src/host/clock.js";
import { TelemetryFeed } from "../../src/watch/telemetry-feed.js";

const KEY = "quantum:stream:trade.intent";
const FIRST = Date.UTC(2026, 0, 5);
const id = (number: number): EntryId => firstIdAt(FIRST + number);
const range = (from: number, to: number): readonly EntryId[] =>
  Array.from({ length: to - from + 1 }, (_, at) => id(from + at));

async function started() {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  client.on("error", () => undefined);
  onTestFinished(async () => {
    client.disconnect();
    await redis.stop();
  });
  const write = async (ids: readonly EntryId[]): Promise<void> => {
    for (const one of ids) await client.xadd(KEY, one, "n", "x");
  };
  const watch = (known: EntryId | null): TelemetryFeed => {
    const ending = new AbortController();
    const entries = new TelemetryFeed(
      { openSource: () => openSource(redis.url), clock: hostClock, judgement: { policy: { require: [] } } },
      iso(FIRST + 1),
      ending.signal,
      known,
    );
    onTestFinished(async () => {
      ending.abort();
      await entries.close();
    });
    return entries;
  };
  return { redis, client, write, watch };
}

type Host = Awaited<ReturnType<typeof started>>;

async function take(entries: TelemetryFeed, until: (taken: readonly string[]) => boolean): Promise<readonly string[]> {
  const taken: string[] = [];
  while (!until(taken)) taken.push(...(await entries.next(100)).map(({ place }) => place));
  return taken;
}

describeRequiring(requireRedis(), "the telemetry that a watch reads", () => {
  test("resumes where it was when the stream loses its tail, and reports a gap", async () => {
    const { client, write, watch } = await started();
    await write(range(0, 20));
    const entries = watch(null);
    expect(await take(entries, (taken) => taken.length >= 20)).toEqual(range(1, 20));
    await take(entries, () => entries.caughtUp);
    await client.del(KEY);
    await write(range(0, 15));
    await take(entries, () => entries.gaps.length > 0);
    await write(range(21, 23));
    expect(await take(entries, (taken) => taken.length >= 3)).toEqual(range(21, 23));
    expect(entries.gaps).toEqual([expect.stringContaining(`reading goes on after ${id(20)}`)]);
  });

  test("has a gap if the stream was set back while no watch ran", async () => {
    const { write, watch } = await started();
    await write(range(0, 15));
    const entries = watch(id(20));
    expect(await take(entries, () => entries.gaps.length > 0)).toEqual(range(1, 15));
    expect(entries.gaps).toEqual([
      expect.stringMatching(new RegExp(`its last ID is ${id(15)}, before ${id(20)}`)) as string,
    ]);
    await write([id(18), ...range(21, 22)]);
    expect(await take(entries, (taken) => taken.length >= 2)).toEqual(range(21, 22));
  });

  test("has none if the stream reaches what an earlier watch has read", async () => {
    const { write, watch } = await started();
    await write(range(0, 20));
    const entries = watch(id(20));
    expect(await take(entries, (taken) => taken.length >= 20)).toEqual(range(1, 20));
    await write(range(21, 22));
    expect(await take(entries, (taken) => taken.length >= 2)).toEqual(range(21, 22));
    expect(entries.gaps).toEqual([]);
  });

  test.each([
    ["deleted, and written again", async ({ client }: Host): Promise<unknown> => client.del(KEY)],
    [
      "lost with its server, which kept nothing",
      async ({ redis }: Host) => {
        await redis.kill();
        await redis.restart();
      },
    ],
  ])("has a gap if the stream was %s after the proof, which is where the watch begins", async (_, lose) => {
    const host = await started();
    await host.write(range(0, 12));
    await lose(host);
    await host.write(range(13, 20));
    const entries = host.watch(id(1));
    await take(entries, (taken) => taken.length >= 8);
    expect(entries.gaps).toEqual([expect.stringContaining(id(1)) as string]);
  });

  test("does not begin on a stream that ends before the cutover: an outage, and no silence", async () => {
    const { client, write, watch } = await started();
    await write(range(0, 0));
    const entries = watch(null);
    await take(entries, () => entries.outage !== null);
    expect(entries.caughtUp).toBe(false);
    expect(entries.outage?.message).toMatch(/ends at .*before the canary's first decision/);
    await client.del(KEY);
    await write(range(1, 4));
    expect(await take(entries, (taken) => taken.length >= 4)).toEqual(range(1, 4));
    await take(entries, () => entries.outage === null);
  });
});
