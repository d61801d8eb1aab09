import type { EventLogFile } from "./open-file.js";
import { LineSplitter } from "./line-splitter.js";
import { parseRecord } from "./parse-record.js";
import { isArrayOfEntries } from "./splitter-for.js";
import { borderAt } from "./line-range.js";
import type { Border, LineRange } from "../../ports/source.js";

const NEWLINE = 0x0a;
/** How much is read to estimate the length of lines. */
const HEAD_BYTES = 64 * 1024;
const BLOCK_BYTES = 64 * 1024;
/** How many lines are tried to find one with an ID. */
const MOST_LINES = 1000;

/**
 * Divides an event log into up to `count` consecutive line ranges of about the same size. Null if it cannot be divided
 * (packed, an array of entries, one long line), or if it has fewer than `leastLines` lines, estimated from its first
 * ones.
 */
export async function divide(
  file: EventLogFile,
  count: number,
  leastLines: number,
): Promise<readonly LineRange[] | null> {
  if (file.gzip) return null;
  const head = await bytesAt(file, 0, HEAD_BYTES);
  if (isArrayOfEntries(head) || file.size * feedsPerByte(head) < leastLines) return null;
  const borders: Border[] = [await borderAt(file, 0)];
  for (let index = 1; index < count; index += 1) {
    const at = await beginOfEntry(file, Math.floor((file.size / count) * index));
    if (at < file.size && at > (borders.at(-1)?.at ?? 0)) borders.push(await borderAt(file, at));
  }
  borders.push(await borderAt(file, file.size));
  const stretches = borders.slice(1).flatMap((to, index): LineRange[] => {
    const from = borders[index];
    return from === undefined ? [] : [{ inode: file.inode, from, to }];
  });
  return stretches.length < 2 ? null : stretches;
}

function feedsPerByte(head: Buffer): number {
  return head.length === 0 ? 0 : head.reduce((feeds, byte) => (byte === NEWLINE ? feeds + 1 : feeds), 0) / head.length;
}

/**
 * The start of the first line after `from` that has a readable ID; the end of the file if none follows soon. Lines
 * without an ID are then inside a range, after one of its entries.
 */
async function beginOfEntry(file: EventLogFile, from: number): Promise<number> {
  const splitter = new LineSplitter();
  let lines = 0;
  for (let at = from; at < file.size; at += BLOCK_BYTES) {
    for (const record of splitter.push(await bytesAt(file, at, BLOCK_BYTES))) {
      lines += 1;
      // The first record begins before `from`.
      if (record.start > 0 && parseRecord(record).id !== null) return from + record.start;
      if (lines > MOST_LINES) return file.size;
    }
  }
  return file.size;
}

async function bytesAt({ handle, size }: EventLogFile, at: number, most: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.min(most, size - at));
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
  return bytes.subarray(0, bytesRead);
}
