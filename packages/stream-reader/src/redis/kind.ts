import { DEFAULT_STREAM } from "@qsc/contract";
import type { SourceKind } from "../ports/kind.js";
import type { OpenOptions } from "../ports/open-options.js";
import type { EventSource, IdRange, SourcePart } from "../ports/source.js";
import type { Timeouts } from "../ports/timeouts.js";
import { parseRedisUrl } from "./location.js";

/** A Redis Stream: on one server, behind sentinels, or in a cluster. */
export const redisKind: SourceKind = {
  schemes: ["redis", "rediss", "redis+sentinel", "redis+cluster"],
  isPath: () => false,
  nameOf: (url, stream, files) => ({ label: parseRedisUrl(url, files).label, stream }),
  tlsFilesOf: (url, files) => parseRedisUrl(url, files).tls ?? {},
  fileOf: () => null,
  openSource: (url, options, timeouts) => open(url, options, timeouts, null),
  part: "ids",
  openPart: (part, timeouts) => open(part.url, part.options, timeouts, part.kind === "ids" ? part.whole : null),
  openSink: async (url, { stream, maxLength, timeouts, ...files }) => {
    const { RedisStore } = await import("./write/redis-store.js");
    // It connects when it is first needed.
    return new RedisStore(parseRedisUrl(url, files), stream, timeouts, maxLength);
  },
};

/** @param whole the range of which it will read a part; null if it is opened for itself */
async function open(
  url: string,
  options: OpenOptions,
  timeouts: Timeouts,
  whole: IdRange | null,
): Promise<EventSource> {
  const { RedisSource } = await import("./read/redis-source.js");
  const { stream = DEFAULT_STREAM } = options;
  const partOf = (range: IdRange, of: IdRange): SourcePart => ({ kind: "ids", url, options, range, whole: of });
  const source = new RedisSource(parseRedisUrl(url, options), stream, timeouts, { partOf, whole });
  await source.open();
  return source;
}
