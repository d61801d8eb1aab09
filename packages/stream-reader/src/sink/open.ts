import { DEFAULT_STREAM, QscError } from "@qsc/contract";
import { assertOptions, CHECKED_LATER, FUNCTION, shown, TEXT, type Table } from "../ports/options.js";
import { readSigningKey } from "../signature/key-files.js";
import { entrySigner } from "../signature/sign-entry.js";
import { assertUrl, kindOf } from "../kinds.js";
import { timeoutsOf } from "../ports/timeouts.js";
import type { Ahead } from "./ahead.js";
import type { EventSink } from "../ports/sink.js";
import { RUN_ENTRIES } from "./publisher.js";
import type { TlsFiles } from "../ports/tls-files.js";
import { StoreSink } from "./store-sink.js";

export interface OpenSinkOptions extends TlsFiles {
  /** The stream's key, or its subject in NATS. Default `quantum:stream:trade.intent`. An event log has none. */
  readonly stream?: string;
  /**
   * The key file to sign each entry with: an Ed25519 private key (PEM), or a secret of at least 64 hex digits, readable
   * only by its owner. An event log's entries are signed for the stream that `stream` names. Default: not signed.
   */
  readonly signingKey?: string;
  /** The longest an answer may take, in milliseconds. Default 10 s, and 3 s for connecting. */
  readonly timeoutMs?: number;
  /**
   * Trims a Redis Stream to approximately this many entries, never to fewer; at least 1000. Default: never trims. A
   * stream of NATS has limits of its own.
   */
  readonly maxLength?: number;
  /**
   * Called by the first call that finds the newest entry more than 5 s ahead of the clock, and with null by the first
   * that no longer does; see `EventSink.ahead`.
   */
  readonly onAhead?: (ahead: Ahead | null) => void;
  /** The clock to compare IDs with, in milliseconds since 1970. Default: this host's. */
  readonly now?: () => number;
}

const SINK_OPTIONS: Table<OpenSinkOptions> = {
  stream: TEXT,
  ca: TEXT,
  cert: TEXT,
  key: TEXT,
  signingKey: TEXT,
  timeoutMs: CHECKED_LATER,
  maxLength: CHECKED_LATER,
  onAhead: FUNCTION,
  now: FUNCTION,
};

/**
 * Opens the sink that a URL names: `redis:`, `rediss:`, `redis+sentinel:`, `redis+cluster:`, `nats:`, `tls:`,
 * `nats+tls:`, `file:`, or the path of an event log. An event log is opened, created if it does not exist, and repaired
 * if its last line is torn. A server is connected to when first needed.
 * @throws QscError `invalid_source`, `invalid_option`, `usage`; for an event log `source_...` and `sink_failed`. No
 * message contains a password.
 */
export async function openSink(url: string, options: OpenSinkOptions = {}): Promise<EventSink> {
  assertUrl(url);
  assertOptions(options, SINK_OPTIONS, "options");
  const {
    stream = DEFAULT_STREAM,
    maxLength,
    onAhead = () => undefined,
    now = Date.now,
    signingKey,
    timeoutMs,
    ...files
  } = options;
  const timeouts = timeoutsOf(timeoutMs);
  assertMaxLength(maxLength);
  const signer = signingKey === undefined ? null : entrySigner(stream, await readSigningKey(signingKey));
  const store = await kindOf(url).openSink(url, { ...files, stream, timeouts, maxLength: maxLength ?? null });
  return new StoreSink(store, { onAhead, now }, signer);
}

/** A repeated append must find what the first one wrote. */
function assertMaxLength(maxLength: number | undefined): void {
  if (maxLength === undefined || (Number.isSafeInteger(maxLength) && maxLength >= RUN_ENTRIES)) return;
  throw new QscError("usage", `maxLength ${shown(maxLength)} is not a whole number of at least ${RUN_ENTRIES}.`);
}
