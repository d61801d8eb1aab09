import type { SinkStore } from "../sink/store.js";
import type { OpenOptions } from "./open-options.js";
import type { PartOfStream, ShardSource } from "./shard.js";
import type { EventReader, EventSource, SourcePart } from "./source.js";
import type { Timeouts } from "./timeouts.js";
import type { TlsFiles } from "./tls-files.js";

/** How to open one stream. */
export type OpenOneOptions = Omit<OpenOptions, "stream"> & { readonly stream: string };

/** A source, as documents name it. */
export interface NamedSource {
  /** The name to show to an operator: no password. */
  readonly label: string;
  /** The stream's key; null for an event log. */
  readonly stream: string | null;
}

/** How to open a store, besides its URL. */
interface StoreOptions extends TlsFiles {
  readonly stream: string;
  /** The approximate number of entries to trim the stream to; null: never trim. */
  readonly maxLength: number | null;
  readonly timeouts: Timeouts;
}

/**
 * One kind of place for telemetry: everything about it, from its URLs to its adapters. An adapter is loaded only when
 * it is opened.
 */
export interface SourceKind {
  /** The schemes of its URLs, in lower case. */
  readonly schemes: readonly string[];
  /** Whether a text without a known scheme names this kind, for example as a path. */
  readonly isPath: (text: string) => boolean;
  /**
   * The name for documents.
   * @throws QscError `invalid_source` if the URL cannot name a source. No message contains a password.
   */
  readonly nameOf: (url: string, stream: string, files: TlsFiles) => NamedSource;
  /** The PEM files it needs, from the options and its URL. @throws QscError `invalid_source` */
  readonly tlsFilesOf: (url: string, files: TlsFiles) => TlsFiles;
  /** The path of its file; null for a server. @throws QscError `invalid_source` */
  readonly fileOf: (url: string) => string | null;
  readonly openSource: (url: string, options: OpenOneOptions, timeouts: Timeouts) => Promise<EventSource>;
  /**
   * Opens a stream that is merged with others. Absent if the kind has no streams: then several keys mean nothing to it.
   * @param part that it will read; null if it is opened for itself
   */
  readonly openShard?: (
    url: string,
    options: OpenOneOptions,
    timeouts: Timeouts,
    part: PartOfStream | null,
  ) => Promise<ShardSource>;
  /** The kind of its parts, which `openPart` opens. */
  readonly part: SourcePart["kind"];
  readonly openPart: (part: SourcePart, timeouts: Timeouts) => Promise<EventReader>;
  readonly openSink: (url: string, options: StoreOptions) => Promise<SinkStore>;
}
