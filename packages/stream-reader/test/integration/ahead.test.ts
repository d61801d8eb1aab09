import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeRequiring, requireRedis, temporaryDirectory } from "@qsc-tooling/testkit";
import { firstIdAt } from "@qsc/contract";
import { entryIds, type Ahead, type OpenSinkOptions } from "../../src/sink/index.js";
import { entry, line } from "../support/entries.js";
import { newEntry } from "../support/new-entries.js";
import { STREAM, server, writer } from "../support/redis.js";
import { openedSink } from "../support/sink.js";

const NOW = 1_763_818_338_282;
const FUTURE = NOW + 3_600_000;

/** A place for entries that another writer uses too. */
interface Place {
  readonly url: string;
  readonly write: (id: string) => Promise<void>;
  /** Does what its remedy says. */
  readonly repair: () => Promise<void>;
  readonly remedy: string;
}

async function log(): Promise<Place> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, "journal.ndjson");
  await writeFile(path, "");
  return {
    url: `file:${path}`,
    write: (id) => appendFile(path, `${line(entry(id))}\n`),
    repair: async () => {
      const lines = (await readFile(path, "utf8")).split("\n");
      await writeFile(path, lines.filter((text) => !text.includes(`"${FUTURE}`)).join("\n"));
    },
    remedy: "stop the writer, move the log away",
  };
}

async function stream(): Promise<Place> {
  const redis = await server();
  const client = writer(redis);
  return {
    url: redis.url,
    write: async (id) => {
      await client.xadd(STREAM, id, "n", id);
    },
    repair: async () => {
      await client.del(STREAM);
    },
    remedy:
      "Neither XDEL nor XTRIM lowers the last ID: publish to another stream, or stop every writer and DEL this one",
  };
}

/** A sink at a place with a test clock, and what it reported. */
async function sinkAt(place: Place, options: OpenSinkOptions = {}) {
  const told: (Ahead | null)[] = [];
  const clock = { ms: NOW };
  const sink = await openedSink(place.url, { now: () => clock.ms, onAhead: (ahead) => told.push(ahead), ...options });
  return { sink, told, clock };
}

function saysSo(name: string, make: () => Promise<Place>): void {
  test(`${name}: an ID from the future is reported at once, before anything is written, with what to do`, async () => {
    const place = await make();
    await place.write(`${FUTURE}-0`);
    const { sink, told } = await sinkAt(place);
    expect(await sink.lastId()).toBe(`${FUTURE}-0`);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ lastId: `${FUTURE}-0`, byMs: 3_600_000 });
    expect(told[0]?.detail).toMatch(
      /has the ID \d+-0, which is 1 h ahead of this host's clock\. .*clock_skew.*find out who wrote/,
    );
    expect(told[0]?.detail).toContain(place.remedy);
    expect(sink.ahead).toEqual(told[0]);
  });

  test(`${name}: entries are still written after it, and it is reported once`, async () => {
    const place = await make();
    const { sink, told, clock } = await sinkAt(place);
    const idAt = entryIds(await sink.lastId());
    expect(await sink.append([newEntry(idAt(clock.ms))])).toEqual([firstIdAt(NOW)]);
    expect([sink.ahead, told]).toEqual([null, []]);
    await place.write(`${FUTURE}-0`);
    expect(await sink.append([newEntry(idAt(clock.ms + 1))])).toEqual([`${FUTURE}-1`]);
    expect(await sink.append([newEntry(idAt(clock.ms + 2))])).toEqual([`${FUTURE}-2`]);
    expect(told.map((ahead) => ahead?.lastId)).toEqual([`${FUTURE}-1`]);
    expect(sink.ahead?.lastId).toBe(`${FUTURE}-2`);
    clock.ms = FUTURE;
    expect(sink.ahead).toBeNull();
    await sink.append([newEntry(idAt(clock.ms + 3))]);
    expect(told.map((ahead) => ahead?.lastId)).toEqual([`${FUTURE}-1`, undefined]);
  });

  test(`${name}: clocks may differ by 5 s, and a listener that throws does not fail an append`, async () => {
    const place = await make();
    await place.write(`${NOW + 5000}-0`);
    const { sink } = await sinkAt(place, {
      onAhead: () => {
        throw new Error("the listener's own fault");
      },
    });
    expect(await sink.lastId()).toBe(`${NOW + 5000}-0`);
    expect(sink.ahead).toBeNull();
    expect(await sink.append([newEntry(`${NOW + 5001}-0`)])).toEqual([`${NOW + 5001}-0`]);
    expect(sink.ahead?.byMs).toBe(5001);
  });

  test(`${name}: following the advice fixes it`, async () => {
    const place = await make();
    await place.write(`${FUTURE}-0`);
    const first = await sinkAt(place);
    await first.sink.append([newEntry(`${NOW}-0`)]);
    expect(first.sink.ahead).not.toBeNull();
    await first.sink.close();
    await place.repair();
    const { sink, told } = await sinkAt(place);
    expect(await sink.append([newEntry(`${NOW}-0`)])).toEqual([`${NOW}-0`]);
    expect([sink.ahead, told]).toEqual([null, []]);
  });
}

describe("a last ID in the future", () => {
  saysSo("a log", log);
});

describeRequiring(requireRedis(), "a last ID in the future of a real Redis", () => {
  saysSo("a stream", stream);

  test("a stream: reports when the stream is corrected under a running writer", async () => {
    const place = await stream();
    await place.write(`${FUTURE}-0`);
    const { sink, told } = await sinkAt(place);
    const idAt = entryIds(await sink.lastId());
    await place.repair();
    await sink.append([newEntry(`${NOW}-0`)]);
    expect(told.map((ahead) => ahead?.lastId)).toEqual([`${FUTURE}-0`, undefined]);
    expect(idAt(NOW)).toBe(`${FUTURE}-1`);
  });
});
