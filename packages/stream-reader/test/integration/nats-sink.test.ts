import { expect, onTestFinished, test } from "vitest";
import type { EntryId } from "@qsc/contract";
import { createRandom, describeRequiring, requireNats } from "@qsc-tooling/testkit";
import type { EventSource } from "../../src/index.js";
import type { EventSink, NewEntry } from "../../src/sink/index.js";
import { codedError, eventually, readAll } from "../support/collect.js";
import { startCutProxy } from "../support/cut-proxy.js";
import { entry } from "../support/entries.js";
import { NAME, natsServer, operated } from "../support/nats.js";
import { newEntries, newEntry } from "../support/new-entries.js";
import { opened } from "../support/redis.js";
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

describeRequiring(requireNats(), "a sink of JetStream", () => {
  test("does not need the server before the first append, and uses it again when it is back", async () => {
    const nats = await natsServer();
    await operated(nats);
    await nats.kill();
    const sink = await openedSink(nats.url);
    expect((await codedError(sink.append(newEntries(3)))).code).toBe("source_unreachable");
    expect((await codedError(sink.lastId())).code).toBe("source_unreachable");
    await nats.restart();
    await sink.append(newEntries(3));
    await nats.restart();
    expect(await insist(sink, newEntries(6))).toEqual(idsOf(newEntries(6)));
    expect(await idsIn(await opened(nats.url))).toEqual(idsOf(newEntries(6)));
  });

  test("does not add the stream: how long messages are kept is for its operator to say", async () => {
    const nats = await natsServer();
    const error = await codedError((await openedSink(nats.url)).append(newEntries(1)));
    expect(error.code).toBe("source_missing");
    expect(error.message).toContain("nats stream add --subjects 'quantum:stream:trade.intent'");
  });

  test("killed while many appends are under way, the server has each entry once", async () => {
    const nats = await natsServer();
    const { manager } = await operated(nats);
    const sink = await openedSink(nats.url);
    const batches = Array.from({ length: 30 }, (_, n) => newEntries(200, 1 + 200 * n));
    const appending = Promise.allSettled(batches.map((batch) => sink.append(batch)));
    await eventually(async () => (await manager.streams.info(NAME)).state.messages > 1000);
    await nats.kill();
    await appending;
    await nats.restart();
    // What the server had acknowledged and not written to its disk is lost, so everything is repeated in its order.
    for (const batch of batches) await insist(sink, batch);
    const texts = (await readAll(await opened(nats.url))).map((item) => (item.kind === "entry" ? item.fields[1] : ""));
    expect(texts.toSorted()).toEqual(idsOf(batches.flat()).toSorted());
  });

  test.each([1, 1500])(
    "paused and resumed, the server carries out the first call late, and has %i entries once",
    async (count) => {
      const nats = await natsServer();
      await operated(nats);
      const sink = await openedSink(nats.url, { timeoutMs: 300 });
      await sink.append([newEntry("1-0")]);
      await nats.pause();
      onTestFinished(() => {
        nats.resume();
      });
      const entries = newEntries(count, 10);
      for (let times = 0; times < 3; times++) {
        expect((await codedError(sink.append(entries))).code).toBe("source_timeout");
      }
      nats.resume();
      expect(await insist(sink, entries)).toEqual(idsOf(entries));
      expect(await idsIn(await opened(nats.url))).toEqual(["1-0", ...idsOf(entries)]);
    },
  );

  test("cut off anywhere, with or without another writer ahead, the server has every entry once and in order", async () => {
    const seed = Date.now() % 2 ** 31;
    const random = createRandom(seed);
    const nats = await natsServer();
    const { add } = await operated(nats);
    const proxy = await startCutProxy(nats.port);
    const sink = await openedSink(`nats://127.0.0.1:${proxy.port}`);
    const published: string[] = [];
    const ids: string[] = [];
    let cuts = 0;
    for (let trial = 0, ms = 1; trial < 80; trial++) {
      const entries = Array.from({ length: 1 + Math.floor(600 * random.uniform() ** 4) }, (_, n) =>
        newEntry(`${ms++}-0`, "own", `${trial}.${n}`),
      );
      const inReply = random.uniform() < 0.6;
      proxy.cutAfter(
        inReply ? "to-client" : "to-server",
        1 + Math.floor(random.uniform() * (inReply ? 60 : 150) * entries.length),
      );
      let done = await sink.append(entries).catch(() => null);
      if (done === null) {
        cuts++;
        if (random.uniform() < 0.5) await add([entry(`${(ms += 2)}-7`, "other", "1")]);
        done = await insist(sink, entries);
      }
      ids.push(...done);
      published.push(...entries.map(({ fields }) => fields.join(" ")));
      ms = Math.max(ms, Number(ids.at(-1)?.split("-")[0]) + 1);
    }
    const own = (await readAll(await opened(nats.url))).flatMap((item) =>
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
    expect(cuts, `seed ${seed}`).toBeGreaterThan(10);
  });

  test("two writers at once write everything once, with rising IDs", async () => {
    const nats = await natsServer();
    await operated(nats);
    const sinks = [await openedSink(nats.url), await openedSink(nats.url)];
    await Promise.all(
      sinks.map(async (sink, which) => {
        for (let n = 0; n < 25; n++)
          await sink.append(newEntries(4, 1 + 4 * n).map(({ id }, at) => newEntry(id, "by", `${which}.${4 * n + at}`)));
      }),
    );
    const source = await opened(nats.url);
    const items = await readAll(source);
    expect(items.map(({ kind }) => kind)).toEqual(Array.from({ length: 200 }, () => "entry"));
    const texts = items.map((item) => (item.kind === "entry" ? item.fields[1] : ""));
    expect(new Set(texts).size).toBe(200);
    expect(source.gaps()).toEqual([]);
  });

  test("says which entry is larger than the server takes, and what to raise", async () => {
    const nats = await natsServer({ maxPayload: 20_000 });
    await operated(nats);
    const sink = await openedSink(nats.url);
    const error = await codedError(sink.append([newEntry("1-0"), newEntry("2-0", "a", "x".repeat(20_000))]));
    expect(error.code).toBe("usage");
    expect(error.message).toMatch(
      /^An entry cannot be published: 2-0 makes a message of 20\d{3} bytes, .* takes at most 20000; raise max_payload/,
    );
    expect(await sink.append([newEntry("3-0")])).toEqual(["3-0"]);
    expect(await idsIn(await opened(nats.url))).toEqual(["3-0"]);
  });

  test("names a stream that is full and discards what is new", async () => {
    const nats = await natsServer();
    await operated(nats, { limits: { max_msgs: 2, discard: "new" } });
    const sink = await openedSink(nats.url);
    const error = await codedError(sink.append(newEntries(3)));
    expect(error).toMatchObject({ code: "sink_failed" });
    expect(error.message).toMatch(
      /did not store a message of 'quantum:stream:trade\.intent' \(maximum messages exceeded\)/,
    );
  });
});
