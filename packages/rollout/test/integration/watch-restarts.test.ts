import { describeRequiring, requireRedis, startRedis } from "@qsc-tooling/testkit";
import { firstIdAt, iso, type EntryId, type SourceMark } from "@qsc/contract";
import { openSource } from "@qsc/stream-reader";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { hostClock } from "../../src/host/clock.js";
import { TelemetryFeed } from "../../src/watch/telemetry-feed.js";

const KEY = "quantum:stream:trade.intent";
const FIRST = Date.UTC(2026, 0, 5);
/** The number of entries in the window, and of those that a trimmed stream keeps. */
const WINDOW = 50;
const id = (number: number): EntryId => firstIdAt(FIRST + number);
const range = (from: number, to: number): readonly EntryId[] =>
  Array.from({ length: to - from + 1 }, (_, at) => id(from + at));

/** Where a run of a watch stopped. */
interface Cursor {
  readonly cursor: EntryId;
  readonly mark: SourceMark | null;
}

/** One run of a watch. */
class Run {
  readonly taken: string[] = [];
  readonly entries: TelemetryFeed;
  readonly #ending = new AbortController();
  #cursor: EntryId | null;

  constructor(url: string, from: Cursor | null) {
    this.#cursor = from?.cursor ?? null;
    const context = { openSource: () => openSource(url), clock: hostClock, judgement: { policy: { require: [] } } };
    const resumed = { mark: from?.mark ?? null, window: WINDOW };
    this.entries = new TelemetryFeed(context, iso(FIRST + 1), this.#ending.signal, this.#cursor, resumed);
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

  /** Reads up to an entry, and to the end of what exists. */
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
  /** A run that has read some entries as they arrived, and has ended. */
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

describeRequiring(requireRedis(), "a restarted watch", () => {
  test("three times on a stream that is trimmed all the time: no gap, each new entry once, and the loss is stated", async () => {
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
      expect(watching.entries.refill?.warning ?? null).toEqual(
        from === null
          ? null
          : (expect.stringMatching(
              /^Of the newest entries up to .*, only 20, from .* may have been removed/,
            ) as string),
      );
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

  test("has no gap if trimming came exactly up to its last entry, but has one if it went one entry further", async () => {
    const { client, add, watch, watched } = await started();
    const from = await watched();
    await add(31, 40);
    await client.xtrim(KEY, "MINID", id(31));
    const exact = watch(from);
    await exact.reads(40);
    expect(exact.entries.gaps).toEqual([]);
    expect(exact.taken).toEqual(range(31, 40));
    expect(exact.entries.refill?.warning).toMatch(/none could be read again/);
    await client.xtrim(KEY, "MINID", id(32));
    const further = watch(from);
    await further.until(() => further.entries.gaps.length > 0);
    expect(further.entries.gaps.join()).toMatch(/1 entries .* were gone before they were read/);
  });

  test("has no gap if an entry that it had judged was deleted, but has one for an entry that it had not", async () => {
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
  ])("has a gap on a stream that was deleted meanwhile and %s", async (_, first, last) => {
    const { client, add, watch, watched } = await started();
    const from = await watched();
    await add(31, 35);
    await client.del(KEY);
    await add(first, last);
    const run = watch(from);
    await run.until(() => run.entries.gaps.length > 0 || run.entries.caughtUp);
    expect(run.entries.gaps).not.toEqual([]);
  });

  test("with an earlier version's state, which has only the cursor, has a gap if the stream starts again after it, but none if it is trimmed before it", async () => {
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

describeRequiring(requireRedis(), "a running watch", () => {
  test("has a gap on a stream that is deleted, replaced by another value, and started again with later entries", async () => {
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

  test("has a gap on a stream that is deleted and started again between two checks", async () => {
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
