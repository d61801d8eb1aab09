import type { EntryId } from "@qsc/contract";
import { MAX_RECORD_BYTES, type RawRecord } from "../event-log/read/capture.js";
import { quickItem } from "../event-log/read/line-entry.js";
import type { QuickReader } from "../fast-path/quick-reader.js";
import type { SourceItem } from "../ports/source.js";

/** A message as the server stores it. */
export interface Stored {
  /** Its place in the stream: the server counts messages from 1, and gives no number twice. */
  readonly sequence: number;
  /** When the server stored it, in nanoseconds since 1970, rounded to a number. */
  readonly nanos: number;
  readonly data: Uint8Array;
}

/** A message, and the entry in it. */
export interface Message extends Omit<Stored, "data"> {
  readonly item: SourceItem;
  readonly bytes: number;
}

/**
 * The entry in a message: the payload is a line of an event log. If the line names no ID, the entry's ID is the time at
 * which the server stored it, and its sequence number.
 */
export function messageOf({ sequence, nanos, data }: Stored, reader: QuickReader): Message {
  const record: RawRecord = {
    bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    whole: data.length <= MAX_RECORD_BYTES,
    place: `message ${sequence}`,
    start: 0,
  };
  const item = quickItem(record, reader, `${millisOf(nanos)}-${sequence}` as EntryId);
  return { sequence, nanos, item, bytes: data.length };
}

export function millisOf(nanos: number): number {
  return Math.floor(nanos / 1e6);
}

/** The server's time, such as `2026-01-05T09:00:00.250000001Z`, in the same form. NaN if it is not a time. */
export function nanosOf(time: string): number {
  const [, seconds = "", fraction = ""] = /^(.{19})(?:\.(\d{1,9}))?Z$/.exec(time) ?? [];
  const ms = Date.parse(`${seconds}Z`);
  return Number.isNaN(ms) ? Number.NaN : Number(BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0")));
}
