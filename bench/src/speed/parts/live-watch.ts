import { setTimeout as wait } from "node:timers/promises";
import { startRedis } from "@qsc-tooling/testkit";
import { eventsOf } from "../events.js";
import { jobPath } from "../internals.js";
import { inRounds, median, type Contender } from "../measure.js";
import { RawRedis } from "../resp.js";
import { text, type Table } from "../table.js";
import type { Bench } from "./part.js";
import { thousands } from "./sizes.js";

/** How many events exist when the watch begins, one per second. */
const AGES = [
  ["half an hour", 2000],
  ["a day", 86_400],
] as const;
const INTERVAL_MS = 1000;
/** How many events a run waits for. */
const EVENTS = 60;
/** A run takes as long as its events arrive, so more rounds would take most of an hour. */
const MOST_ROUNDS = 3;

/** Everything the process of a watch does per event, in real time: 60 events a minute in a Redis. */
export async function measureLive({ quick, rounds, seed, tell }: Bench): Promise<Table> {
  await using redis = await startRedis();
  const done = new AbortController();
  const streams = await Promise.all(
    AGES.map(([name, events]) => LiveStream.filled(redis.url, `bench:live:${events}`, name, events, seed)),
  );
  const publishing = Promise.all(streams.map((stream) => stream.publish(done.signal)));
  const contenders = streams.map(({ name, key, firstMs }): Contender => ({
    name,
    command: [
      process.execPath,
      jobPath("monitor"),
      redis.url,
      key,
      String(firstMs),
      String(quick ? EVENTS / 3 : EVENTS),
    ],
    counts: "inside",
  }));
  const runs = await inRounds(contenders, Math.min(rounds, MOST_ROUNDS), tell).finally(async () => {
    done.abort();
    await publishing;
  });
  const rows = AGES.map(([name, events]) => {
    const cpu = (runs.get(name) ?? []).map(({ cpuSeconds }) => cpuSeconds * 1000);
    return [
      name,
      thousands(events),
      `${text(median(cpu), 1)} (${text(Math.min(...cpu), 1)} to ${text(Math.max(...cpu), 1)})`,
    ];
  });
  return {
    title:
      "All that the process of a watch does, for each of 60 events a minute in Redis: polling, judgement, evidence, lease, state file; four models, version 2, its first minutes",
    head: ["the watch has run", "events seen", "CPU ms an event: median (least to most)"],
    rows,
  };
}

/** A stream that is written in real time. */
class LiveStream {
  readonly name: string;
  readonly key: string;
  readonly firstMs: number;
  readonly #redis: RawRedis;
  readonly #events: Generator<{ readonly fields: readonly string[] }>;

  private constructor(redis: RawRedis, key: string, name: string, events: number, seed: number) {
    this.#redis = redis;
    this.key = key;
    this.name = name;
    this.firstMs = Date.now() - events * INTERVAL_MS;
    this.#events = eventsOf({ count: Number.MAX_SAFE_INTEGER, version: 2, models: 4, seed });
  }

  static async filled(url: string, key: string, name: string, events: number, seed: number): Promise<LiveStream> {
    const stream = new LiveStream(await RawRedis.open(url), key, name, events, seed);
    await stream.#redis.add(
      key,
      Array.from({ length: events }, (_, index) => stream.#next(stream.firstMs + index * INTERVAL_MS)),
    );
    return stream;
  }

  /** Writes one event per second until the signal. */
  async publish(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#redis.add(this.key, [this.#next(Date.now())]);
      await wait(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
    this.#redis.close();
  }

  #next(ms: number): readonly string[] {
    return [`${ms}-0`, ...(this.#events.next().value as { readonly fields: readonly string[] }).fields];
  }
}
