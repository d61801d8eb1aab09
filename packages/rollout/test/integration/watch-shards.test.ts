import { describeRequiring, requireRedis, startRedis } from "@qsc-tooling/testkit";
import { compareIds, firstIdAt, iso, type EntryId, type SourceMark } from "@qsc/contract";
import { openSource, ownId, shardOf } from "@qsc/stream-reader";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { hostClock } from "../../src/host/clock.js";
import { TelemetryFeed } from "../../src/watch/telemetry-feed.js";

const KEYS = ["intent:a", "intent:b"];
const FIRST = Date.UTC(2026, 0, 5);

/** Where a run of a watch stopped. */
interface Stopped {
  readonly cursor: EntryId;
  readonly mark: SourceMark | null;
}

/** One run of a watch over both shards; what it gives, as `<shard>:<number>`. */
class Run {
  readonly taken: string[] = [];
  readonly feed: TelemetryFeed;
  readonly #ending = new AbortController();
  #cursor: EntryId | null;

  constructor(url: string, from: Stopped | null) {
    this.#cursor = from?.cursor ?? null;
    const context = {
      openSource: () => openSource(url, { stream: KEYS }),
      clock: hostClock,
      judgement: { policy: { require: [] } },
    };
    const resumed = { mark: from?.mark ?? null, window: 50 };
    this.feed = new TelemetryFeed(context, iso(FIRST + 1), this.#ending.signal, this.#cursor, resumed);
    onTestFinished(() => this.end().then(() => undefined));
  }

  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      for (const { id } of await this.feed.next(100)) {
        if (id === null) continue;
        this.taken.push(`${shardOf(id)}:${Number(ownId(id).split("-")[0]) - FIRST}`);
        if (this.#cursor === null || compareIds(id, this.#cursor) > 0) this.#cursor = id;
      }
    }
  }

  async end(): Promise<Stopped> {
    this.#ending.abort();
    await this.feed.close();
    return { cursor: this.#cursor ?? firstIdAt(0), mark: this.feed.mark };
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
  const add = async (shard: number, ...numbers: readonly number[]): Promise<void> => {
    for (const number of numbers) await client.xadd(KEYS[shard] ?? "", firstIdAt(FIRST + number), "n", "x");
  };
  return { client, add, watch: (from: Stopped | null = null) => new Run(redis.url, from) };
}

describeRequiring(requireRedis(), "a watch of shards", () => {
  test("that is started again reads an entry that came late, once, whether it was stopped after pages or while following", async () => {
    const { add, watch } = await started();
    await add(0, 1, 5);
    await add(1, 2);
    const first = watch();
    await first.until(() => first.taken.length === 3 && first.feed.caughtUp);
    const afterPages = await first.end();
    expect(afterPages.mark).toMatchObject({ kind: "shards", id: afterPages.cursor });
    await add(1, 3, 4);
    await add(0, 6);
    const second = watch(afterPages);
    await second.until(() => second.taken.length >= 6);
    expect(second.taken).toEqual(["0:1", "1:2", "0:5", "1:3", "1:4", "0:6"]);
    await add(0, 20);
    await second.until(() => second.taken.length >= 7);
    const following = await second.end();
    await add(1, 10, 30);
    const third = watch(following);
    await third.until(() => third.taken.length >= 9);
    expect(third.taken.slice(-3)).toEqual(["0:20", "1:10", "1:30"]);
    expect(new Set(third.taken).size).toBe(third.taken.length);
    expect([...first.feed.gaps, ...second.feed.gaps, ...third.feed.gaps]).toEqual([]);
    expect(third.feed.shards?.map(({ lateMs }) => lateMs)).toEqual([0, 10]);
  });

  test("without the marks of an earlier run reads back what came late", async () => {
    const { add, watch } = await started();
    await add(0, 1, 5);
    await add(1, 2);
    const first = watch();
    await first.until(() => first.taken.length === 3 && first.feed.caughtUp);
    const { cursor } = await first.end();
    await add(1, 3);
    await add(0, 6);
    const second = watch({ cursor, mark: null });
    await second.until(() => second.taken.length >= 5);
    expect(second.taken).toEqual(["0:1", "1:2", "1:3", "0:5", "0:6"]);
    expect(second.feed.gaps).toEqual([]);
  });

  test("that is started again has a gap for what one shard lost, and names it", async () => {
    const { client, add, watch } = await started();
    await add(0, 1, 5);
    await add(1, 2);
    const first = watch();
    await first.until(() => first.taken.length === 3 && first.feed.caughtUp);
    await add(1, 7);
    await first.until(() => first.taken.length === 4);
    const stopped = await first.end();
    await add(1, 8, 9);
    await client.xtrim(KEYS[1] ?? "", "MAXLEN", 1);
    const second = watch(stopped);
    await second.until(() => second.feed.gaps.length > 0);
    expect(second.feed.gaps.join()).toMatch(
      /The stream 'intent:b': 1 entries between .* were gone before they were read/,
    );
  });

  test("is not caught up, and gives nothing more, while one shard is missing", async () => {
    const { client, add, watch } = await started();
    await add(0, 1, 5);
    await add(1, 2);
    const run = watch();
    await run.until(() => run.taken.length === 3 && run.feed.caughtUp);
    await client.del(KEYS[1] ?? "");
    await run.until(() => run.feed.outage !== null);
    expect(run.feed.outage?.message).toContain("intent:b");
    await add(0, 9);
    expect(await run.feed.next(300)).toEqual([]);
    await add(1, 10);
    await run.until(() => run.taken.length >= 5);
    expect(run.taken.slice(3)).toEqual(["0:9", "1:10"]);
    expect(run.feed.gaps.join()).toContain("'intent:b'");
  });
});
