import { existsSync } from "node:fs";
import { DEFAULT_STREAM } from "@qsc/contract";
import { journalPath } from "./journal/location.js";
import type { Timeouts } from "./redis/client.js";
import { parseRedisUrl } from "./redis/location.js";
import type { OpenOptions } from "./open-options.js";
import type { EventSource, SourcePart } from "./port.js";
import { isJournalName, kindOfUrl, namesNothing, timeoutsOf } from "./source-kind.js";

/**
 * Opens the source a URL names: `redis:`, `rediss:`, `redis+sentinel:`, `redis+cluster:`, `file:`,
 * or the path of a journal. A Redis is connected to, and a journal looked at, before this resolves.
 * @throws QscError `invalid_source`, and every `source_...` code. No message holds a password.
 */
export async function openSource(url: string, options: OpenOptions = {}): Promise<EventSource> {
  const timeouts = timeoutsOf(options.timeoutMs);
  const kind = kindOfUrl(url);
  if (kind === "redis") return openRedisSource(url, options, timeouts);
  if (kind === "journal" || (url !== "" && (isJournalName(url) || existsSync(url)))) {
    return openJournalSource(url, options);
  }
  throw namesNothing(url);
}

/** Opens the source of a part, in whichever thread; its `pages(part.range)` are the part. @throws as `openSource` does */
export function openPart({ url, options }: SourcePart): Promise<EventSource> {
  return openSource(url, options);
}

async function openJournalSource(url: string, options: OpenOptions): Promise<EventSource> {
  const [{ openJournal }, { JournalSource }] = await Promise.all([import("./journal/journal-file.js"), import("./journal/journal-source.js")]);
  const path = journalPath(url);
  const { handle } = await openJournal(path);
  await handle.close();
  return new JournalSource(path, options.follow ?? false);
}

async function openRedisSource(url: string, options: OpenOptions, timeouts: Timeouts): Promise<EventSource> {
  const { RedisSource } = await import("./redis/redis-source.js");
  const { stream = DEFAULT_STREAM, ca } = options;
  const source = new RedisSource(parseRedisUrl(url, ca), stream, timeouts, (range) => ({ url, options, range }));
  await source.open();
  return source;
}
