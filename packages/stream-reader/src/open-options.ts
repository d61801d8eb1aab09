import { BOOLEAN, CHECKED_LATER, TEXT, type Table } from "./options.js";
import type { TlsFiles } from "./tls-files.js";

/** How a source is opened. */
export interface OpenOptions extends TlsFiles {
  /** The stream's key. Default `quantum:stream:trade.intent`; a journal has none. */
  readonly stream?: string;
  /** A journal that is being written: new entries are expected. A Redis stream always is. */
  readonly follow?: boolean;
  /** How long an answer may take, in milliseconds. Default 10 s, and 3 s for connecting. */
  readonly timeoutMs?: number;
}

/** What each of them has to be. */
export const OPEN_OPTIONS: Table<OpenOptions> = { stream: TEXT, follow: BOOLEAN, ca: TEXT, cert: TEXT, key: TEXT, timeoutMs: CHECKED_LATER };
