import { compareIds, firstIdAt, iso } from "@qsc/contract";
import { memorySource, type EventSource, type RawEntry, type SourceItem } from "@qsc/stream-reader";
import { compilePolicy, DEFAULT_POLICY } from "@qsc/violations";
import { describe, expect, test } from "vitest";
import { hostClock } from "../../src/host/clock.js";
import { TelemetryFeed } from "../../src/watch/telemetry-feed.js";
import { WatchWindow } from "../../src/watch/window.js";
import { BASELINE, decision } from "../canary/model/engine.js";

const START = Date.UTC(2026, 0, 5);
const at = (number: number): RawEntry =>
  decision({ boot: "boot", weights: BASELINE, canary: null }, number, START + number * 1000);
const numbers = (count: number, from = 0): readonly RawEntry[] =>
  Array.from({ length: count }, (_, index) => at(from + index));

/** Entries of sources that are opened one after another; each may instead be an error on opening. */
function reading(
  sources: readonly (EventSource | Error)[],
  signal = new AbortController().signal,
  from = START,
): TelemetryFeed {
  let opened = 0;
  const openSource = async (): Promise<EventSource> => {
    const source = sources[Math.min(opened, sources.length - 1)];
    opened += 1;
    if (source === undefined || source instanceof Error) throw source ?? new Error("no source");
    return await Promise.resolve(source);
  };
  // Every pause is cut to 20 ms: the test is about what arrives, not when.
  const sleep = (_: number, ends?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, 20);
      ends?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  return new TelemetryFeed(
    { openSource, clock: { ...hostClock, sleep }, judgement: { policy: { require: [] } } },
    iso(from),
    signal,
  );
}

/** What Node keeps in a signal: its listeners, and the signals made from it. */
function traces(signal: AbortSignal): number {
  const kept = Object.getOwnPropertySymbols(signal).map((name): unknown => Reflect.get(signal, name));
  const sizes = kept.map((each) =>
    typeof each === "object" && each !== null && "size" in each ? Number(each.size) : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function take(entries: TelemetryFeed, count: number): Promise<readonly string[]> {
  const places: string[] = [];
  while (places.length < count) places.push(...(await entries.next(1000)).map(({ place }) => place));
  return places;
}

/** A source that fails after this number of pages that it follows. */
function failing(source: EventSource, pages: number): EventSource {
  return {
    ...source,
    ordering: source.ordering,
    follow: async function* (...given) {
      let left = pages;
      for await (const page of source.follow(...given)) {
        yield page;
        left -= 1;
        if (left <= 0) throw new Error("the connection is lost");
      }
    },
    [Symbol.asyncDispose]: () => source.close(),
  };
}

/** A source that ends by itself what it follows, as soon as it has nothing new. */
function ending(source: EventSource): EventSource {
  return {
    ...source,
    ordering: source.ordering,
    follow: async function* (after, options) {
      const end = new AbortController();
      const onCaughtUp = (): void => {
        options.onCaughtUp?.();
        end.abort();
      };
      yield* source.follow(after, { ...options, signal: AbortSignal.any([options.signal, end.signal]), onCaughtUp });
    },
    [Symbol.asyncDispose]: () => source.close(),
  };
}

describe("decisions from before a cutover", () => {
  test("are known before anything is returned: when they are added again, they do not count for the watch", async () => {
    const again = numbers(3).map((entry, index) => ({ ...entry, id: firstIdAt(START + 6000 + index) }));
    const entries = reading([memorySource([...numbers(5), ...again], { live: true })], undefined, START + 3000);
    expect(entries.earlier).toBeNull();
    const canary = { weights: BASELINE, models: {} };
    const window = new WatchWindow(100, await compilePolicy(DEFAULT_POLICY), canary, START + 3000);
    const given: SourceItem[] = [];
    while (given.length < 5) given.push(...(await entries.next(1000)));
    window.recall(entries.earlier);
    const taken = given.map((item) => window.add(item));
    expect(taken.map(({ decision }) => decision !== null)).toEqual([true, true, false, false, false]);
    expect(window.look(START + 7000, []).events).toBe(2);
    await entries.close();
  });
});

describe("entries since a cutover", () => {
  test("are the existing ones, then new ones as they arrive; none from before it", async () => {
    const source = memorySource(numbers(5), { live: true });
    const entries = reading([source], undefined, START + 2000);
    expect(entries.caughtUp).toBe(false);
    expect(await take(entries, 3)).toEqual(numbers(3, 2).map(({ place }) => place));
    await entries.next(1000);
    expect(entries.caughtUp).toBe(true);
    source.append(at(5));
    expect(await take(entries, 1)).toEqual([at(5).place]);
    await entries.close();
  });

  test("are returned once each, although the source fails and comes back", async () => {
    const written = numbers(3);
    const first = memorySource(written, { live: true });
    const entries = reading([failing(first, 1), new Error("refused"), memorySource(numbers(6), { live: true })]);
    expect(await take(entries, 3)).toEqual(written.map(({ place }) => place));
    await entries.next(1000);
    first.append(at(3));
    expect(await take(entries, 1)).toEqual([at(3).place]);
    await entries.next(1000);
    expect(entries.outage?.message).toBe("the connection is lost");
    await entries.next(1000);
    expect(entries.outage?.message).toBe("refused");
    expect(await take(entries, 2)).toEqual([at(4).place, at(5).place]);
    expect(entries.outage).toBeNull();
    await entries.close();
  });

  test("are returned once each, although following them ends by itself, which is an outage", async () => {
    const sources = [3, 5, 6].map((written) => ending(memorySource(numbers(written), { live: true })));
    const entries = reading([...sources, memorySource(numbers(7), { live: true })]);
    expect(await take(entries, 3)).toEqual(numbers(3).map(({ place }) => place));
    while (entries.outage === null) expect(await entries.next(1000)).toEqual([]);
    expect(entries.outage.message).toContain("stopped giving new entries");
    expect(await take(entries, 4)).toEqual(numbers(4, 3).map(({ place }) => place));
    await entries.close();
  });

  test("are missing if the source cannot be opened, which is an outage", async () => {
    const entries = reading([new Error("refused")]);
    expect(await entries.next(1000)).toEqual([]);
    expect([entries.outage?.message, entries.caughtUp]).toEqual(["refused", false]);
    await entries.close();
  });

  test("are missing if the source hangs, which does not delay closing", async () => {
    const hanging: EventSource = {
      ...memorySource([]),
      ordering: "by-id",
      pages: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const entries = reading([hanging]);
    expect(await entries.next(10)).toEqual([]);
    expect(entries.caughtUp).toBe(false);
    await entries.close();
  });

  test("that were lost are reported, even by a connection that has ended", async () => {
    const lossy: EventSource = {
      ...memorySource(numbers(1), { live: true }),
      ordering: "by-id",
      gaps: () => [{ kind: "trimmed", detail: "2 entries were gone" }],
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const source = memorySource(numbers(2), { live: true });
    const entries = reading([failing(lossy, 1), source]);
    await take(entries, 1);
    expect(entries.gaps).toEqual(["2 entries were gone"]);
    await entries.close();
  });

  test("end with the signal", async () => {
    const interruption = new AbortController();
    const entries = reading([memorySource([], { live: true })], interruption.signal);
    await entries.next(10);
    interruption.abort();
    expect(await entries.next(60_000)).toEqual([]);
    await entries.close();
  });

  test("come in the order of their IDs", async () => {
    const entries = reading([memorySource(numbers(700), { live: true })]);
    let last: RawEntry["id"] | null = null;
    let count = 0;
    while (count < 700) {
      for (const { id } of await entries.next(1000)) {
        if (id === null) throw new Error("every entry has an ID");
        if (last !== null) expect(compareIds(id, last)).toBeGreaterThan(0);
        last = id;
        count += 1;
      }
    }
    await entries.close();
  });
});

test("a long watch leaves no more in the signal that ends it than a short one", async () => {
  const { signal } = new AbortController();
  const entries = reading([memorySource(numbers(3), { live: true })], signal);
  const after = async (times: number): Promise<number> => {
    for (let time = 0; time < times; time += 1) await entries.next(1);
    return traces(signal);
  };
  const few = await after(4);
  expect(await after(20)).toBe(few);
  await entries.close();
});
