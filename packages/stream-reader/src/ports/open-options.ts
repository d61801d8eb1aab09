import { BOOLEAN, CHECKED_LATER, TEXT, TEXTS, type Table } from "./options.js";
import type { TlsFiles } from "./tls-files.js";

/** How a source is opened. */
export interface OpenOptions extends TlsFiles {
  /** The stream's key. Default `quantum:stream:trade.intent`; an event log has none. */
  readonly stream?: string;
  /** An event log that is being written: new entries are expected. A Redis stream always is. */
  readonly follow?: boolean;
  /**
   * Key files that entries are verified with, of which any will do: Ed25519 public keys, or the engine's secret. An entry
   * that none of them has signed, for this stream, is given as a rejection. Default: signatures are not looked at.
   */
  readonly verifyKeys?: readonly string[];
  /** How long an answer may take, in milliseconds. Default 10 s, and 3 s for connecting. */
  readonly timeoutMs?: number;
}

/** What each of them has to be. */
export const OPEN_OPTIONS: Table<OpenOptions> = { stream: TEXT, follow: BOOLEAN, ca: TEXT, cert: TEXT, key: TEXT, timeoutMs: CHECKED_LATER, verifyKeys: TEXTS };
