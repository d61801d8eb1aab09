import { existsSync } from "node:fs";
import { DEFAULT_STREAM, QscError } from "@qsc/contract";
import { openJournal } from "./journal/journal-file.js";
import { JournalSource } from "./journal/journal-source.js";
import { journalPath } from "./journal/location.js";
import { parseRedisUrl, withoutPassword } from "./redis/location.js";
import { RedisSource } from "./redis/redis-source.js";
import type { EventSource } from "./port.js";

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

type Adapter = (url: string, options: OpenOptions) => Promise<EventSource>;

const CONNECT_MS = 3000;
const COMMAND_MS = 10_000;
const JOURNAL_NAME = /\.(?:ndjson|jsonl|json|gz)$/i;

const ADAPTERS: Readonly<Record<string, Adapter>> = {
  file: openJournalSource,
  redis: openRedisSource,
  rediss: openRedisSource,
  "redis+sentinel": openRedisSource,
  "redis+cluster": openRedisSource,
};

/**
 * Opens the source a URL names: `redis:`, `rediss:`, `redis+sentinel:`, `redis+cluster:`, `file:`,
 * or the path of a journal. A Redis is connected to, and a journal looked at, before this resolves.
 * @throws QscError `invalid_source`, and every `source_...` code. No message holds a password.
 */
export async function openSource(url: string, options: OpenOptions = {}): Promise<EventSource> {
  assertTimeout(options.timeoutMs);
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  const adapter = scheme === undefined ? undefined : ADAPTERS[scheme];
  if (adapter !== undefined) return adapter(url, options);
  if (url !== "" && (JOURNAL_NAME.test(url) || existsSync(url))) {
    return openJournalSource(url, options);
  }
  throw new QscError(
    "invalid_source",
    `'${withoutPassword(url)}' names no source; write redis://host:6379, rediss://host:6379, or file:journal.ndjson.`,
  );
}

async function openJournalSource(url: string, options: OpenOptions): Promise<EventSource> {
  const path = journalPath(url);
  const { handle } = await openJournal(path);
  await handle.close();
  return new JournalSource(path, options.follow ?? false);
}

async function openRedisSource(url: string, options: OpenOptions): Promise<EventSource> {
  const { stream = DEFAULT_STREAM, timeoutMs = COMMAND_MS, ca } = options;
  const timeouts = { connectMs: Math.min(CONNECT_MS, timeoutMs), commandMs: timeoutMs };
  const source = new RedisSource(parseRedisUrl(url, ca), stream, timeouts);
  await source.open();
  return source;
}

function assertTimeout(ms: number | undefined): void {
  if (ms === undefined || (Number.isSafeInteger(ms) && ms > 0 && ms < 2 ** 31)) return;
  throw new QscError("usage", `timeoutMs ${ms} is no number of milliseconds above 0.`);
}
