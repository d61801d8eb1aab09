import type { SinkStore } from "../sink/store.js";
import type { OpenOptions } from "./open-options.js";
import type { EventReader, EventSource, SourcePart } from "./source.js";
import type { Timeouts } from "./timeouts.js";
import type { TlsFiles } from "./tls-files.js";

/** A source as its documents name it. */
export interface NamedSource {
  /** As an operator may see it: no password. */
  readonly label: string;
  /** The stream's key; null for an event log. */
  readonly stream: string | null;
}

/** How a store is opened, beside its URL. */
interface StoreOptions extends TlsFiles {
  readonly stream: string;
  /** The number of entries that the stream is trimmed to, about; null: never. */
  readonly maxLength: number | null;
  readonly timeouts: Timeouts;
}

/**
 * One kind of place for telemetry: all that is known of it, from its URLs to its adapters. An adapter is loaded when it is
 * opened, and not before.
 */
export interface SourceKind {
  /** The schemes of its URLs, in lower case. */
  readonly schemes: readonly string[];
  /** Whether a text without a known scheme names one of these: the path of a file. */
  readonly isPath: (text: string) => boolean;
  /** What documents call it. @throws QscError `invalid_source` where it could name none. No message holds a password. */
  readonly nameOf: (url: string, stream: string, files: TlsFiles) => NamedSource;
  /** The PEM files that it needs, by the options and by its URL. @throws QscError `invalid_source` */
  readonly tlsFilesOf: (url: string, files: TlsFiles) => TlsFiles;
  /** The file that it is; null for a server. @throws QscError `invalid_source` */
  readonly fileOf: (url: string) => string | null;
  readonly openSource: (url: string, options: OpenOptions, timeouts: Timeouts) => Promise<EventSource>;
  /** What its parts are called, which `openPart` opens. */
  readonly part: SourcePart["kind"];
  readonly openPart: (part: SourcePart, timeouts: Timeouts) => Promise<EventReader>;
  readonly openSink: (url: string, options: StoreOptions) => Promise<SinkStore>;
}
