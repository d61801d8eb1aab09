import { existsSync } from "node:fs";
import { DEFAULT_STREAM } from "@qsc/contract";
import { eventLogPath } from "./event-log/location.js";
import type { OpenOptions } from "./ports/open-options.js";
import { assertOptions, TEXT, type Table } from "./ports/options.js";
import { parseRedisUrl } from "./redis/location.js";
import { assertUrl, isEventLogName, kindOfUrl, namesNothing } from "./source-kind.js";
import type { TlsFiles } from "./ports/tls-files.js";

const FILE_OPTIONS: Table<TlsFiles> = { ca: TEXT, cert: TEXT, key: TEXT };
const NAME_OPTIONS: Table<Pick<OpenOptions, "stream"> & TlsFiles> = { stream: TEXT, ...FILE_OPTIONS };

/** A source as its documents name it. */
export interface NamedSource {
  /** As an operator may see it: no password. */
  readonly label: string;
  /** The stream's key; null for an event log. */
  readonly stream: string | null;
}

/**
 * What the source of a URL, or of an event log's path, is called, for `openSource` to open; nothing is opened here.
 * @throws QscError `invalid_source` where it could name none, `invalid_option`. No message holds a password.
 */
export function nameSource(url: string, options: Pick<OpenOptions, "stream"> & TlsFiles = {}): NamedSource {
  assertUrl(url);
  assertOptions(options, NAME_OPTIONS, "options");
  const { stream = DEFAULT_STREAM, ...files } = options;
  const kind = kindOfUrl(url);
  if (kind === "redis") return { label: parseRedisUrl(url, files).label, stream };
  if (kind === "event-log" || isEventLogName(url) || (url !== "" && existsSync(url))) return { label: `file:${eventLogPath(url)}`, stream: null };
  throw namesNothing(url);
}

/** The PEM files that a source needs, by the options beside its URL and the parameters in it. @throws QscError `invalid_source` */
export function tlsFilesOf(url: string, files: TlsFiles = {}): TlsFiles {
  assertUrl(url);
  assertOptions(files, FILE_OPTIONS, "files");
  return (kindOfUrl(url) === "redis" ? parseRedisUrl(url, files).tls : null) ?? {};
}

/** The path of the event log that a URL, or a path, names; null for a Redis. @throws QscError `invalid_source`. */
export function eventLogOf(url: string): string | null {
  assertUrl(url);
  return kindOfUrl(url) === "redis" ? null : eventLogPath(url);
}

/**
 * Whether a URL, or the path of an event log, could name a source or a sink at all; nobody is asked
 * whether it is there. For settings that are checked before anything is opened.
 * @throws QscError `invalid_source`. No message holds a password.
 */
export function assertSourceUrl(url: string, files: TlsFiles = {}): void {
  assertUrl(url);
  assertOptions(files, FILE_OPTIONS, "files");
  const kind = kindOfUrl(url);
  if (kind === "redis") parseRedisUrl(url, files);
  else if (kind === "event-log" || isEventLogName(url)) eventLogPath(url);
  else throw namesNothing(url);
}
