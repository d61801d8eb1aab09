import { DEFAULT_STREAM } from "@qsc/contract";
import { assertUrl, kindOf, kindOfAny, kindOfSource } from "./kinds.js";
import type { NamedSource } from "./ports/kind.js";
import { STREAM, type OpenOptions } from "./ports/open-options.js";
import { assertOptions, TEXT, type Table } from "./ports/options.js";
import { streamsOf } from "./ports/streams.js";
import type { TlsFiles } from "./ports/tls-files.js";
import { keysText } from "./sharded/stream-keys.js";

const FILE_OPTIONS: Table<TlsFiles> = { ca: TEXT, cert: TEXT, key: TEXT };
const NAME_OPTIONS: Table<Pick<OpenOptions, "stream"> & TlsFiles> = { stream: STREAM, ...FILE_OPTIONS };

/**
 * The name of the source that a URL or the path of an event log means, for `openSource` to open. Opens nothing.
 * @throws QscError `invalid_source` if it cannot name a source; `invalid_option`. No message contains a password.
 */
export function nameSource(url: string, options: Pick<OpenOptions, "stream"> & TlsFiles = {}): NamedSource {
  assertUrl(url);
  assertOptions(options, NAME_OPTIONS, "options");
  const { stream, ...files } = options;
  const keys = streamsOf({ ...(stream !== undefined && { stream }) });
  const [one = DEFAULT_STREAM] = keys;
  return kindOfSource(url).nameOf(url, keys.length > 1 ? keysText(keys) : one, files);
}

/**
 * The PEM files that a source needs, from the options and the parameters of its URL.
 * @throws QscError `invalid_source`
 */
export function tlsFilesOf(url: string, files: TlsFiles = {}): TlsFiles {
  assertUrl(url);
  assertOptions(files, FILE_OPTIONS, "files");
  return kindOfAny(url).tlsFilesOf(url, files);
}

/** The path of the event log that a URL or a path names; null for a server. @throws QscError `invalid_source` */
export function eventLogOf(url: string): string | null {
  assertUrl(url);
  return kindOfAny(url).fileOf(url);
}

/**
 * Checks that a URL, or the path of an event log, could name a source or a sink. Opens nothing: it is for settings that
 * are checked first.
 * @throws QscError `invalid_source`. No message contains a password.
 */
export function assertSourceUrl(url: string, files: TlsFiles = {}): void {
  assertUrl(url);
  assertOptions(files, FILE_OPTIONS, "files");
  kindOf(url).nameOf(url, DEFAULT_STREAM, files);
}
