import { BOOLEAN, CHECKED_LATER, TEXT, TEXTS, type Table, type Wanted } from "./options.js";
import type { TlsFiles } from "./tls-files.js";

/** How to open a source. */
export interface OpenOptions extends TlsFiles {
  /**
   * The stream's key, or its subject in NATS. Default `quantum:stream:trade.intent`. Several keys are the shards of one
   * stream, whose entries are merged by time; `streamKeys` reads a pattern. An event log has none.
   */
  readonly stream?: string | readonly string[];
  /** Whether an event log is still being written, so that new entries are expected. A stream always is. */
  readonly follow?: boolean;
  /**
   * Key files to verify entries with: Ed25519 public keys, or the engine's secret. One matching key is enough. An entry
   * that none of them signed, for this stream, becomes a rejection. Default: signatures are not checked.
   */
  readonly verifyKeys?: readonly string[];
  /** The longest an answer may take, in milliseconds. Default 10 s, and 3 s for connecting. */
  readonly timeoutMs?: number;
}

/** One key, or several different ones. */
export const STREAM: Wanted = {
  is: (value) =>
    TEXT.is(value) ||
    (TEXTS.is(value) && new Set(value as readonly string[]).size === (value as readonly string[]).length),
  words: "a non-empty text, or a list of different ones",
};

/** What each of them must be. */
export const OPEN_OPTIONS: Table<OpenOptions> = {
  stream: STREAM,
  follow: BOOLEAN,
  ca: TEXT,
  cert: TEXT,
  key: TEXT,
  timeoutMs: CHECKED_LATER,
  verifyKeys: TEXTS,
};
