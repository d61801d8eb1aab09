import { describeRequiring, requireRedis, startRedis } from "@qsc-tooling/testkit";
import { firstIdAt, iso, type EntryId } from "@qsc/contract";
import { openSource } from "@qsc/stream-reader";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { hostClock } from "../../src/canary/clock.js";
import { Entries } from "../../src/watch/entries.js";

const KEY = "quantum:stream:trade.intent";
const FIRST = Date.UTC(2026, 0, 5);
const id = (number: number): EntryId => firstIdAt(FIRST + number);
const range = (from: number, to: number): readonly EntryId[] => Array.from({ length: to - from + 1 }, (_, at) => id(from + at));

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
  const watch = (known: EntryId | null): Entries => {
    const ending = new AbortController();
    const entries = new Entries({ openSource: () => openSource(redis.url), clock: hostClock, setting: { policy: { require: [] } } }, iso(FIRST + 1), ending.signal, known);
    onTestFinished(async () => {
      ending.abort();
      await entries.close();
    });
    return entries;
  };
  return { client, write, watch };
}

async function take(entries: Entries, until: (taken: readonly string[]) => boolean): Promise<readonly string[]> {
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

  test("has a gap where the stream was set back while no watch ran", async () => {
    const { write, watch } = await started();
    await write(range(0, 15));
    const entries = watch(id(20));
    expect(await take(entries, () => entries.gaps.length > 0)).toEqual(range(1, 15));
    expect(entries.gaps).toEqual([expect.stringMatching(new RegExp(`its last ID is ${id(15)}, before ${id(20)}`)) as string]);
    await write([id(18), ...range(21, 22)]);
    expect(await take(entries, (taken) => taken.length >= 2)).toEqual(range(21, 22));
  });

  test("has none where the stream reaches what an earlier watch has read", async () => {
    const { write, watch } = await started();
    await write(range(0, 20));
    const entries = watch(id(20));
    expect(await take(entries, (taken) => taken.length >= 20)).toEqual(range(1, 20));
    await write(range(21, 22));
    expect(await take(entries, (taken) => taken.length >= 2)).toEqual(range(21, 22));
    expect(entries.gaps).toEqual([]);
  });
});
