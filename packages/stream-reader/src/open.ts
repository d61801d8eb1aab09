import { existsSync } from "node:fs";
import { DEFAULT_STREAM } from "@qsc/contract";
import { assertPart } from "./ports/checked-part.js";
import { checkedReader, checkedSource } from "./ports/checked-source.js";
import { eventLogPath } from "./event-log/location.js";
import type { Timeouts } from "./redis/client.js";
import { parseRedisUrl } from "./redis/location.js";
import { OPEN_OPTIONS, type OpenOptions } from "./ports/open-options.js";
import { assertOptions } from "./ports/options.js";
import type { EventReader, EventSource, IdRange, SourcePart } from "./ports/source.js";
import { verifierOf } from "./signature/open-verified.js";
import { verifiedReader, verifiedSource } from "./signature/verified-source.js";
import { assertUrl, isEventLogName, kindOfUrl, namesNothing, timeoutsOf } from "./source-kind.js";

/**
 * Opens the source a URL names: `redis:`, `rediss:`, `redis+sentinel:`, `redis+cluster:`, `file:`,
 * or the path of an event log. A Redis is connected to, and an event log looked at, before this resolves.
 * @throws QscError `invalid_source`, `invalid_option`, `usage` for a `timeoutMs`, and every `source_...` code. No message holds a password.
 */
export async function openSource(url: string, options: OpenOptions = {}): Promise<EventSource> {
  assertUrl(url);
  assertOptions(options, OPEN_OPTIONS, "options");
  const timeouts = timeoutsOf(options.timeoutMs);
  // Before anything is connected to: a key that cannot be read leaves nothing open.
  const verifier = await verifierOf(options);
  const source = await openKind(url, options, timeouts);
  return checkedSource(verifier === null ? source : verifiedSource(source, verifier));
}

function openKind(url: string, options: OpenOptions, timeouts: Timeouts): Promise<EventSource> {
  const kind = kindOfUrl(url);
  if (kind === "redis") return openRedisSource(url, options, timeouts);
  if (kind === "event-log" || (url !== "" && (isEventLogName(url) || existsSync(url)))) return openEventLogSource(url, options);
  throw namesNothing(url);
}

/** Opens a part of a source, in whichever thread; its `pages(part.range)` are the part. @throws as `openSource` does */
export async function openPart(part: SourcePart): Promise<EventReader> {
  assertPart(part);
  const verifier = await verifierOf(part.options);
  const reader = await openPartReader(part);
  return verifier === null ? reader : verifiedReader(reader, verifier);
}

async function openPartReader(part: SourcePart): Promise<EventReader> {
  if (part.kind === "ids") return openRedisSource(part.url, part.options, timeoutsOf(part.options.timeoutMs), part.whole);
  const { EventLogPart } = await import("./event-log/read/event-log-part.js");
  return checkedReader(new EventLogPart(eventLogPath(part.url), part.lineRange));
}

async function openEventLogSource(url: string, options: OpenOptions): Promise<EventSource> {
  const [{ openEventLog }, { EventLogSource }] = await Promise.all([import("./event-log/read/open-file.js"), import("./event-log/read/event-log-source.js")]);
  const path = eventLogPath(url);
  const { handle } = await openEventLog(path);
  await handle.close();
  return new EventLogSource(path, options.follow ?? false, (range, lineRange) => ({ kind: "lines", url, options, range, lineRange }));
}

/** @param whole the range that it is opened for a part of; null: for itself */
async function openRedisSource(url: string, options: OpenOptions, timeouts: Timeouts, whole: IdRange | null = null): Promise<EventSource> {
  const { RedisSource } = await import("./redis/read/redis-source.js");
  const { stream = DEFAULT_STREAM } = options;
  const partOf = (range: IdRange, of: IdRange): SourcePart => ({ kind: "ids", url, options, range, whole: of });
  const source = new RedisSource(parseRedisUrl(url, options), stream, timeouts, { partOf, whole });
  await source.open();
  return source;
}
