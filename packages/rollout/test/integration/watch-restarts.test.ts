import { describeRequiring, requireRedis, startRedis } from "@qsc-tooling/testkit";
import { firstIdAt, iso, type EntryId, type SourceMark } from "@qsc/contract";
import { openSource } from "@qsc/stream-reader";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { hostClock } from "../../src/canary/clock.js";
import { Entries } from "../../src/watch/entries.js";

const KEY = "quantum:stream:trade.intent";
const FIRST = Date.UTC(2026, 0, 5);
/** Entries that the window holds, and that the stream keeps where it is trimmed. */
const WINDOW = 50;
const id = (number: number): EntryId => firstIdAt(FIRST + number);
const range = (from: number, to: number): readonly EntryId[] => Array.from({ length: to - from + 1 }, (_, at) => id(from + at));

/** Where a run of a watch has come to. */
interface Cursor {
  readonly cursor: EntryId;
  readonly mark: SourceMark | null;
}

/** One run of a watch. */
class Run {
  readonly taken: string[] = [];
  readonly entries: Entries;
  readonly #ending = new AbortController();
  #cursor: EntryId | null;

  constructor(url: string, from: Cursor | null) {
    this.#cursor = from?.cursor ?? null;
    const world = { openSource: () => openSource(url), clock: hostClock, setting: { policy: { require: [] } } };
    const resumed = { mark: from?.mark ?? null, window: WINDOW };
    this.entries = new Entries(world, iso(FIRST + 1), this.#ending.signal, this.#cursor, resumed);
    onTestFinished(() => this.end().then(() => undefined));
  }

  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      for (const { id: read, place } of await this.entries.next(100)) {
        this.taken.push(place);
        this.#cursor = read ?? this.#cursor;
      }
    }
  }

  /** Reads up to an entry, and to the end of what there is. */
  async reads(number: number): Promise<void> {
    await this.until(() => this.taken.at(-1) === id(number) && this.entries.caughtUp);
  }

  async end(): Promise<Cursor> {
    this.#ending.abort();
    await this.entries.close();
    return { cursor: this.#cursor ?? id(0), mark: this.entries.mark };
  }
}

async function started() {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  client.on("error", () => undefined);
  onTestFinished(async () => {
    client.disconnect();
    await redis.stop();
  });
  const add = async (from: number, to: number, ...trim: readonly string[]): Promise<void> => {
    for (const one of range(from, to)) await client.call("XADD", KEY, ...trim, one, "n", "x");
  };
  const watch = (from: Cursor | null = null): Run => new Run(redis.url, from);
  /** A run that has read some entries as they arrived, and is no more. */
  const watched = async (): Promise<Cursor> => {
    await add(0, 20);
    const run = watch();
    await run.reads(20);
    await add(21, 30);
    await run.reads(30);
    return run.end();
  };
  return { redis, client, add, watch, watched };
}

const KEPT = ["MAXLEN", "=", "30"];

describeRequiring(requireRedis(), "a watch that is started again", () => {
  test("on a stream that is trimmed all the time, three times: no gap, each new entry once, and the loss is stated", async () => {
    const { add, watch } = await started();
    await add(0, 20);
    let from: Cursor | null = null;
    let newest = 20;
    const judged: string[] = [];
    for (let run = 0; run < 4; run += 1) {
      if (from !== null) await add(newest + 1, newest + 10, ...KEPT);
      newest += from === null ? 0 : 10;
      const watching: Run = watch(from);
      await watching.reads(newest);
      for (let step = 0; step < 4; step += 1) {
        await add(newest + 1, newest + 25, ...KEPT);
        newest += 25;
        await watching.reads(newest);
      }
      expect(watching.entries.gaps).toEqual([]);
      const last = from?.cursor ?? null;
      judged.push(...(last === null ? watching.taken : watching.taken.slice(watching.taken.indexOf(last) + 1)));
      expect(watching.entries.refill?.warning ?? null).toEqual(from === null ? null : expect.stringMatching(/^Of the newest entries up to .*, 20 are still there, from .* may have been removed/) as string);
      from = await watching.end();
    }
    expect(judged).toEqual(range(1, newest));
  });

  test("reads back no more than its window, and begins its time there", async () => {
    const { add, watch } = await started();
    await add(0, 200);
    const first = watch();
    await first.reads(200);
    await add(201, 201);
    await first.reads(201);
    const again = watch(await first.end());
    await again.reads(201);
    expect(again.taken).toEqual(range(152, 201));
    expect(again.entries.refill).toMatchObject({ sinceMs: FIRST + 152, warning: null });
    expect(again.entries.gaps).toEqual([]);
  });

  test("where trimming came up to its last entry exactly, has no gap; one entry further, it has", async () => {
    const { client, add, watch, watched } = await started();
    const from = await watched();
    await add(31, 40);
    await client.xtrim(KEY, "MINID", id(31));
    const exact = watch(from);
    await exact.reads(40);
    expect(exact.entries.gaps).toEqual([]);
    expect(exact.taken).toEqual(range(31, 40));
    expect(exact.entries.refill?.warning).toMatch(/none is in the window/);
    await client.xtrim(KEY, "MINID", id(32));
    const further = watch(from);
    await further.until(() => further.entries.gaps.length > 0);
    expect(further.entries.gaps.join()).toMatch(/1 entries .* were gone before they were read/);
  });

  test("where an entry that it had judged was deleted, has no gap; one that it had not: a gap", async () => {
    const { client, add, watch, watched } = await started();
    const from = await watched();
    await client.xdel(KEY, id(25));
    await add(31, 40);
    const behind = watch(from);
    await behind.reads(40);
    expect(behind.entries.gaps).toEqual([]);
    await client.xdel(KEY, id(35));
    const ahead = watch(from);
    await ahead.until(() => ahead.entries.gaps.length > 0);
    expect(ahead.entries.gaps.join()).toMatch(/1 entries/);
  });

  test.each([
    ["begun again with later entries, fewer than before", 40, 45],
    ["begun again with later entries, more than before", 40, 140],
    ["begun again with the entries from its last on", 30, 80],
    ["written again whole, but for the first", 1, 60],
  ])("on a stream that was deleted meanwhile and %s: a gap", async (_, first, last) => {
    const { client, add, watch, watched } = await started();
    const from = await watched();
    await add(31, 35);
    await client.del(KEY);
    await add(first, last);
    const run = watch(from);
    await run.until(() => run.entries.gaps.length > 0 || run.entries.caughtUp);
    expect(run.entries.gaps).not.toEqual([]);
  });

  test("with a state of an earlier version, which has the cursor alone: begun again behind it is a gap, trimming before it is none", async () => {
    const { client, add, watch, watched } = await started();
    const { cursor } = await watched();
    await client.xtrim(KEY, "MINID", id(20));
    const sound = watch({ cursor, mark: null });
    await sound.reads(30);
    expect(sound.entries.gaps).toEqual([]);
    await client.del(KEY);
    await add(40, 60);
    const run = watch({ cursor, mark: null });
    await run.until(() => run.entries.gaps.length > 0);
    expect(run.entries.gaps.join()).toMatch(/no entry has ever left it/);
  });
});

describeRequiring(requireRedis(), "a watch that is under way", () => {
  test("sees a stream that is deleted, held by another value, and begun again with later entries: a gap", async () => {
    const { client, add, watch } = await started();
    await add(0, 20);
    const run = watch();
    await run.reads(20);
    await add(21, 30);
    await run.reads(30);
    await client.multi().del(KEY).set(KEY, "x").exec();
    await run.until(() => run.entries.outage !== null);
    await client.del(KEY);
    await add(40, 80);
    await run.until(() => run.entries.gaps.length > 0 && run.entries.outage === null);
    expect(run.entries.gaps.join()).toMatch(/deleted or replaced by another/);
  });

  test("sees one that is deleted and begun again between two looks: a gap", async () => {
    const { client, add, watch } = await started();
    await add(0, 20);
    const run = watch();
    await run.reads(20);
    await add(21, 30);
    await run.reads(30);
    const again = client.multi().del(KEY);
    for (const one of range(40, 100)) again.xadd(KEY, one, "n", "x");
    await again.exec();
    await run.until(() => run.entries.gaps.length > 0);
    expect(run.entries.gaps).not.toEqual([]);
  });
});
