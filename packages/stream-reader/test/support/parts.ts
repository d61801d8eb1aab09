import { onTestFinished } from "vitest";
import { EventLogSource } from "../../src/event-log/read/event-log-source.js";
import { checkedSource } from "../../src/ports/checked-source.js";
import {
  openPart,
  type EventSource,
  type Gap,
  type IdRange,
  type SourceItem,
  type SourcePart,
} from "../../src/index.js";
import { parseNatsUrl } from "../../src/nats/location.js";
import { NatsSource } from "../../src/nats/read/nats-source.js";
import { parseRedisUrl } from "../../src/redis/location.js";
import { RedisSource } from "../../src/redis/read/redis-source.js";
import { timeoutsOf } from "../../src/ports/timeouts.js";
import { collect } from "./collect.js";
import { STREAM } from "./redis.js";

/** A source of an event log that is divided even if it is short. */
export function dividedJournal(path: string): EventSource & Required<Pick<EventSource, "parts">> {
  const source = new EventLogSource(
    path,
    false,
    (range, lineRange) => ({ kind: "lines", url: path, options: {}, range, lineRange }),
    1,
  );
  const checked = checkedSource(source);
  return { ...checked, parts: checked.parts ?? (() => Promise.resolve(null)) };
}

/** The entries of the parts, one after the other, each read as in another thread: from a copy. */
export async function readParts(
  parts: readonly SourcePart[],
): Promise<{ readonly items: readonly SourceItem[]; readonly gaps: readonly Gap[] }> {
  const found: { items: SourceItem[]; gaps: Gap[] } = { items: [], gaps: [] };
  for (const part of parts) {
    await using reader = await openPart(structuredClone(part));
    found.items.push(...(await collect(reader.pages(part.range))).flat().map(plain));
    found.gaps.push(...reader.gaps());
  }
  return found;
}

/** Everything an item says, for comparison. */
export function plain(item: SourceItem): SourceItem {
  if (item.kind === "rejected") return item;
  const { kind, id, place, fields } = item;
  return { kind, id, place, fields };
}

/** A range of a Redis Stream in halves, the way `parts` gives them if there are enough entries. */
export async function dividedRedis(
  url: string,
  stream: string,
  range: IdRange,
  count: number,
): Promise<{ readonly parts: readonly SourcePart[] } & AsyncDisposable> {
  const source = new RedisSource(parseRedisUrl(url), stream, timeoutsOf(), {
    partOf: (part, whole, seen) => ({ kind: "ids", url, options: { stream }, range: part, whole, seen: [seen] }),
    leastEntries: 1,
  });
  await source.open();
  return {
    parts: (await source.parts(range, count)) ?? [
      { kind: "ids", url, options: { stream }, range, whole: range, seen: [await source.seen()] },
    ],
    [Symbol.asyncDispose]: () => source.close(),
  };
}

/** A source of a stream of JetStream that is divided even if it is short. */
export async function dividedNats(url: string): Promise<EventSource> {
  const source = new NatsSource(parseNatsUrl(url), STREAM, timeoutsOf(), (sequences, range) => ({
    kind: "sequences",
    url,
    options: {},
    range,
    sequences,
  }));
  await source.open();
  onTestFinished(() => source.close());
  return { ...checkedSource(source), parts: (range, count) => source.parts(range, count, 1) };
}
