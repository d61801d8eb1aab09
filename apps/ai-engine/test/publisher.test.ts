import { firstIdAt, nextId, QscError, type EntryId } from "@qsc/contract";
import type { EventSink, NewEntry } from "@qsc/stream-reader/sink";
import { expect, test } from "vitest";
import { Publisher, type PublisherOptions } from "../src/intents/publisher.js";

/** A sink whose next answers are chosen, because a real outage cannot be timed to an exact write. */
class ChosenSink implements EventSink {
  readonly label = "chosen";
  readonly stream = null;
  readonly repaired = null;
  readonly ahead = null;
  readonly written: NewEntry[] = [];
  readonly attempts: (readonly NewEntry[])[] = [];
  away = false;
  refused = "nothing";
  /** Answers that are held back, oldest first. */
  held: (() => void)[] | null = null;

  async append(entries: readonly NewEntry[]): Promise<readonly EntryId[]> {
    this.attempts.push(entries);
    if (this.held !== null) await new Promise<void>((resolve) => this.held?.push(resolve));
    if (entries.some(({ fields }) => fields.includes(this.refused)))
      throw new QscError("usage", "No reader would accept it.");
    if (this.away) throw new QscError("source_unreachable", "Connection refused.");
    this.written.push(...entries);
    return entries.map(({ id }) => id);
  }

  lastId(): Promise<EntryId> {
    return Promise.resolve("0-0");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function entries(count: number): NewEntry[] {
  let id = firstIdAt(1);
  return Array.from({ length: count }, (_, index) => ({ id: (id = nextId(id)), fields: ["n", String(index)] }));
}

function publishing(sink: EventSink, capacity: number) {
  const told = { outages: 0, dropped: 0, published: 0 };
  const events: PublisherOptions = {
    capacity,
    onOutage: () => {
      told.outages += 1;
    },
    onDropped: (count) => {
      told.dropped += count;
    },
    onPublished: (count) => {
      told.published += count;
    },
  };
  return { publisher: new Publisher(sink, events), told };
}

const never = new AbortController().signal;

test("everything is written once and in order", async () => {
  const sink = new ChosenSink();
  const { publisher, told } = publishing(sink, 1000);
  const all = entries(777);
  for (const entry of all) publisher.offer(entry);
  expect(await publisher.drain(never)).toBe(0);
  expect(sink.written).toEqual(all);
  expect(told).toEqual({ outages: 0, dropped: 0, published: 777 });
});

test("a failed write is repeated with exactly the same entries, and the outage is reported once", async () => {
  const sink = new ChosenSink();
  const { publisher, told } = publishing(sink, 1000);
  const all = entries(30);
  sink.away = true;
  for (const entry of all.slice(0, 10)) publisher.offer(entry);
  await expect.poll(() => sink.attempts.length).toBeGreaterThan(2);
  for (const entry of all.slice(10)) publisher.offer(entry);
  expect(publisher.outage?.code).toBe("source_unreachable");
  sink.away = false;
  expect(await publisher.drain(never)).toBe(0);
  expect(new Set(sink.attempts.slice(0, 3))).toEqual(new Set([all.slice(0, 10)]));
  expect(sink.written).toEqual(all);
  expect(publisher.outage).toBeNull();
  expect(told).toEqual({ outages: 1, dropped: 0, published: 30 });
});

test("a full buffer drops the oldest that is not being written, and reports how many", async () => {
  const sink = new ChosenSink();
  const { publisher, told } = publishing(sink, 10);
  const all = entries(100);
  sink.held = [];
  for (const entry of all.slice(0, 4)) publisher.offer(entry);
  await expect.poll(() => sink.attempts.length).toBe(1);
  for (const entry of all.slice(4)) publisher.offer(entry);
  expect([publisher.buffered, publisher.isFull]).toEqual([10, true]);
  const { held } = sink;
  sink.held = null;
  for (const release of held) release();
  expect(await publisher.drain(never)).toBe(0);
  expect(sink.written).toEqual([...all.slice(0, 4), ...all.slice(-6)]);
  expect(told).toEqual({ outages: 0, dropped: 90, published: 10 });
  expect(told.dropped + told.published).toBe(all.length);
});

test("makes a writer that can wait wait for space, so that nothing is lost", async () => {
  const sink = new ChosenSink();
  const { publisher, told } = publishing(sink, 8);
  const all = entries(500);
  for (const entry of all) {
    publisher.offer(entry);
    await publisher.room(never);
  }
  expect(await publisher.drain(never)).toBe(0);
  expect(sink.written).toEqual(all);
  expect(told.dropped).toBe(0);
});

test("the signal releases a writer that waits for space", async () => {
  const sink = new ChosenSink();
  sink.away = true;
  const { publisher } = publishing(sink, 2);
  for (const entry of entries(2)) publisher.offer(entry);
  const stop = new AbortController();
  const room = publisher.room(stop.signal);
  stop.abort();
  await room;
  expect(await publisher.drain(AbortSignal.abort())).toBe(2);
});

test("an entry that no reader would accept is lost and reported, and does not delay the others", async () => {
  const sink = new ChosenSink();
  sink.refused = "17";
  const { publisher, told } = publishing(sink, 1000);
  const all = entries(300);
  for (const entry of all) publisher.offer(entry);
  expect(await publisher.drain(never)).toBe(0);
  expect(sink.written).toEqual(all.filter((_, index) => index !== 17));
  expect(told).toEqual({ outages: 0, dropped: 1, published: 299 });
});

test("draining ends on the signal, and returns how many are left", async () => {
  const sink = new ChosenSink();
  const { publisher } = publishing(sink, 100);
  sink.away = true;
  for (const entry of entries(7)) publisher.offer(entry);
  await expect.poll(() => publisher.outage).not.toBeNull();
  expect(await publisher.drain(AbortSignal.abort())).toBe(7);
});

test("draining an idle publisher ends at once", async () => {
  expect(await publishing(new ChosenSink(), 1).publisher.drain(never)).toBe(0);
});

test.each<[string, () => unknown]>([
  [
    "throw",
    () => {
      throw new Error("broken");
    },
  ],
  ["reject", () => Promise.reject(new Error("broken"))],
])(
  "listeners that %s lose no decision: everything is written once, and each fault is reported once",
  async (_, broken) => {
    const sink = new ChosenSink();
    const reported: string[] = [];
    const listener: () => void = broken;
    const publisher = new Publisher(sink, {
      capacity: 300,
      onOutage: listener,
      onDropped: listener,
      onPublished: listener,
      onListenerError: (name) => reported.push(name),
    });
    sink.away = true;
    for (const entry of entries(310)) publisher.offer(entry);
    await expect.poll(() => sink.attempts.length).toBeGreaterThan(1);
    sink.away = false;
    expect(await publisher.drain(never)).toBe(0);
    expect([sink.written.length, publisher.dropped]).toEqual([300, 10]);
    expect(reported.toSorted()).toEqual(["onDropped", "onOutage", "onPublished"]);
  },
);

test("reports how long the oldest decision waits and how long nothing was published, during and after a hung write", async () => {
  const sink = new ChosenSink();
  const clock = { now: 1000 };
  const nothing = (): void => undefined;
  const publisher = new Publisher(sink, {
    capacity: 1000,
    clock: () => clock.now,
    onOutage: nothing,
    onDropped: nothing,
    onPublished: nothing,
  });
  expect([publisher.waitingMs, publisher.stalledMs]).toEqual([0, 0]);
  sink.held = [];
  const [first, second, third] = entries(3) as [NewEntry, NewEntry, NewEntry];
  publisher.offer(first);
  await expect.poll(() => sink.attempts.length).toBe(1);
  clock.now += 4000;
  publisher.offer(second);
  clock.now += 2000;
  expect([publisher.waitingMs, publisher.stalledMs]).toEqual([6000, 6000]);
  sink.held.shift()?.();
  await expect.poll(() => sink.attempts.length).toBe(2);
  clock.now += 500;
  publisher.offer(third);
  expect([publisher.waitingMs, publisher.stalledMs]).toEqual([2500, 500]);
  for (const release of sink.held.splice(0)) release();
  sink.held = null;
  expect(await publisher.drain(never)).toBe(0);
  expect([publisher.waitingMs, publisher.stalledMs]).toEqual([0, 0]);
});

test("published decisions are reported with the IDs under which they were really written", async () => {
  const sink = new ChosenSink();
  const told: (readonly EntryId[])[] = [];
  const nothing = (): void => undefined;
  sink.append = () => Promise.resolve(["99-1"]);
  const publisher = new Publisher(sink, {
    capacity: 10,
    onOutage: nothing,
    onDropped: nothing,
    onPublished: (_, ids) => told.push(ids),
  });
  for (const entry of entries(1)) publisher.offer(entry);
  expect(await publisher.drain(never)).toBe(0);
  expect(told).toEqual([["99-1"]]);
});
