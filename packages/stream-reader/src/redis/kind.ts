import type { OpenOneOptions, SourceKind } from "../ports/kind.js";
import { oneStream } from "../ports/streams.js";
import type { PartOfStream } from "../ports/shard.js";
import type { IdRange, SeenStream, SourcePart } from "../ports/source.js";
import type { Timeouts } from "../ports/timeouts.js";
import { parseRedisUrl } from "./location.js";
import type { RedisSource } from "./read/redis-source.js";

/** A Redis Stream: on one server, behind sentinels, or in a cluster. */
export const redisKind: SourceKind = {
  schemes: ["redis", "rediss", "redis+sentinel", "redis+cluster"],
  isPath: () => false,
  nameOf: (url, stream, files) => ({ label: parseRedisUrl(url, files).label, stream }),
  tlsFilesOf: (url, files) => parseRedisUrl(url, files).tls ?? {},
  fileOf: () => null,
  openSource: (url, options, timeouts) => open(url, options, timeouts, null),
  openShard: made,
  part: "ids",
  openPart: (part, timeouts) => {
    const of = part.kind === "ids" ? { whole: part.whole, seen: part.seen[0] ?? null } : null;
    return open(part.url, oneStream(part.options), timeouts, of);
  },
  openSink: async (url, { stream, maxLength, timeouts, ...files }) => {
    const { RedisStore } = await import("./write/redis-store.js");
    // It connects when it is first needed.
    return new RedisStore(parseRedisUrl(url, files), stream, timeouts, maxLength);
  },
};

/** @param part that it will read; null if it is opened for itself */
async function open(
  url: string,
  options: OpenOneOptions,
  timeouts: Timeouts,
  part: PartOfStream | null,
): Promise<RedisSource> {
  const source = await made(url, options, timeouts, part);
  await source.open();
  return source;
}

/** The same, not yet connected. */
async function made(
  url: string,
  options: OpenOneOptions,
  timeouts: Timeouts,
  part: PartOfStream | null,
): Promise<RedisSource> {
  const { RedisSource } = await import("./read/redis-source.js");
  const partOf = (range: IdRange, whole: IdRange, seen: SeenStream): SourcePart => {
    return { kind: "ids", url, options, range, whole, seen: [seen] };
  };
  return new RedisSource(parseRedisUrl(url, options), options.stream, timeouts, { partOf, part });
}
