import { existsSync } from "node:fs";
import { DEFAULT_STREAM } from "@qsc/contract";
import { journalPath } from "./journal/location.js";
import type { Timeouts } from "./redis/client.js";
import { parseRedisUrl } from "./redis/location.js";
import type { EventSource } from "./port.js";
import { isJournalName, kindOfUrl, namesNothing, timeoutsOf } from "./source-kind.js";

export interface OpenOptions {
  /** The stream's key. Default `quantum:stream:trade.intent`; a journal has none. */
  readonly stream?: string;
  /** A journal that is being written: new entries are expected. A Redis stream always is. */
  readonly follow?: boolean;
  /** Path of a PEM file: the certificate authority to trust for `rediss://`. */
  readonly ca?: string;
  /** How long an answer may take, in milliseconds. Default 10 s, and 3 s for connecting. */
  readonly timeoutMs?: number;
}

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

async function openJournalSource(url: string, options: OpenOptions): Promise<EventSource> {
  const [{ openJournal }, { JournalSource }] = await Promise.all([import("./journal/journal-file.js"), import("./journal/journal-source.js")]);
  const path = journalPath(url);
  const { handle } = await openJournal(path);
  await handle.close();
  return new JournalSource(path, options.follow ?? false);
}

async function openRedisSource(
  url: string,
  { stream = DEFAULT_STREAM, ca }: OpenOptions,
  timeouts: Timeouts,
): Promise<EventSource> {
  const { RedisSource } = await import("./redis/redis-source.js");
  const source = new RedisSource(parseRedisUrl(url, ca), stream, timeouts);
  await source.open();
  return source;
}
