import { expect, onTestFinished, test } from "vitest";
import type { EntryId } from "@qsc/contract";
import { createRandom, describeRequiring, requireRedis } from "@qsc-tooling/testkit";
import type { EventSink, NewEntry } from "../../src/sink/index.js";
import type { EventSource } from "../../src/index.js";
import { codedError, eventually, readAll } from "../support/collect.js";
import { startCutProxy } from "../support/cut-proxy.js";
import { newEntries, newEntry } from "../support/new-entries.js";
import { opened, server, STREAM, writer } from "../support/redis.js";
import { openedSink } from "../support/sink.js";

const idsIn = async (source: EventSource): Promise<(string | null)[]> => (await readAll(source)).map(({ id }) => id);
const idsOf = (entries: readonly NewEntry[]): string[] => entries.map(({ id }) => id);

async function insist(sink: EventSink, entries: readonly NewEntry[]): Promise<readonly EntryId[]> {
  for (;;) {
    try {
      return await sink.append(entries);
    } catch {
      continue;
    }
  }
}

describeRequiring(requireRedis(), "a Redis that fails under a sink", () => {
  test("is not needed before the first append, and is used again when it is back", async () => {
    const redis = await server({ persistent: true });
    await redis.kill();
    const sink = await openedSink(redis.url);
    expect((await codedError(sink.append(newEntries(3)))).code).toBe("source_unreachable");
    expect((await codedError(sink.lastId())).code).toBe("source_unreachable");
    await redis.restart();
    await sink.append(newEntries(3));
    await redis.kill();
    expect((await codedError(sink.append(newEntries(6)))).code).toBe("source_unreachable");
    await redis.restart();
    expect(await sink.append(newEntries(6))).toEqual(idsOf(newEntries(6)));
    expect(await idsIn(await opened(redis.url))).toEqual(idsOf(newEntries(6)));
  });

  test("killed while many appends are under way, it has each of them once", async () => {
    const redis = await server({ persistent: true });
    const sink = await openedSink(redis.url);
    const batches = Array.from({ length: 30 }, (_, n) => newEntries(200, 1 + 200 * n));
    const appending = Promise.allSettled(batches.map((batch) => sink.append(batch)));
    const watching = writer(redis);
    await eventually(async () => (await watching.xlen(STREAM)) > 1000);
    await redis.kill();
    const failed = (await appending).flatMap(({ status }, n) => (status === "rejected" ? [n] : []));
    await redis.restart();
    for (const n of failed) await sink.append(batches[n]!);
    const texts = (await readAll(await opened(redis.url))).map((item) => (item.kind === "entry" ? item.fields[1] : ""));
    expect(texts).toEqual(idsOf(batches.flat()));
  });

  test.each([1, 3000])(
    "paused and resumed, it carries out the first command late, and has %i entries once",
    async (count) => {
      const redis = await server();
      const sink = await openedSink(redis.url, { timeoutMs: 200 });
      await sink.append([newEntry("1-0")]);
      redis.pause();
      onTestFinished(() => {
        redis.resume();
      });
      const entries = newEntries(count, 10);
      for (let times = 0; times < 3; times++) {
        expect((await codedError(sink.append(entries))).code).toBe("source_timeout");
      }
      redis.resume();
      expect(await insist(sink, entries)).toEqual(idsOf(entries));
      expect(await idsIn(await opened(redis.url))).toEqual(["1-0", ...idsOf(entries)]);
    },
  );

  test("cut off anywhere, in commands or replies, with or without another writer ahead, it has every entry once and in order", async () => {
    const seed = Date.now() % 2 ** 31;
    const random = createRandom(seed);
    const redis = await server();
    const proxy = await startCutProxy(redis.port);
    const other = writer(redis);
    const sink = await openedSink(`redis://127.0.0.1:${proxy.port}`);
    const published: string[] = [];
    const ids: string[] = [];
    let cuts = 0;
    for (let trial = 0, ms = 1; trial < 120; trial++) {
      const entries = Array.from({ length: 1 + Math.floor(1500 * random.uniform() ** 4) }, (_, n) =>
        newEntry(`${ms++}-0`, "own", `${trial}.${n}`),
      );
      const inReply = random.uniform() < 0.6;
      proxy.cutAfter(
        inReply ? "to-client" : "to-server",
        1 + Math.floor(random.uniform() * (inReply ? 12 : 30 * entries.length)),
      );
      let done = await sink.append(entries).catch(() => null);
      if (done === null) {
        cuts++;
        if (random.uniform() < 0.5) await other.xadd(STREAM, `${(ms += 2)}-7`, "other", "1").catch(() => null);
        done = await insist(sink, entries);
      }
      ids.push(...done);
      published.push(...entries.map(({ fields }) => fields.join(" ")));
    }
    const own = (await readAll(await opened(redis.url))).flatMap((item) =>
      item.kind === "entry" && item.fields[0] === "own" ? [{ id: item.id, text: item.fields.join(" ") }] : [],
    );
    expect(
      own.map(({ text }) => text),
      `seed ${seed}`,
    ).toEqual(published);
    expect(
      own.map(({ id }) => id),
      `seed ${seed}`,
    ).toEqual(ids);
    expect(cuts, `seed ${seed}`).toBeGreaterThan(20);
  });
});
