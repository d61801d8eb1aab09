import type { FileHandle } from "node:fs/promises";
import { compareIds, type EntryId } from "@qsc/contract";
import { plain } from "../read/chunks.js";
import { LineSplitter } from "../read/line-splitter.js";
import { parseRecord } from "../read/parse-record.js";
import { withoutBom } from "../read/splitter-for.js";
import type { SourceItem } from "../../ports/source.js";

export interface Scanned {
  /** Lines are complete up to this position. */
  readonly end: number;
  /** Whether something that is not blank follows it. */
  readonly open: boolean;
}

/**
 * Reads the items between two positions, the first at the beginning of a line. Includes an item on an unfinished line.
 */
export async function scan(
  handle: FileHandle,
  from: number,
  to: number,
  visit: (item: SourceItem) => void,
): Promise<Scanned> {
  const splitter = new LineSplitter();
  let at = from;
  let mark = 0;
  for await (const chunk of plain(handle, from, to)) {
    const text = at === 0 ? withoutBom(chunk) : chunk;
    mark += chunk.length - text.length;
    at += chunk.length;
    for (const record of splitter.push(text)) visit(parseRecord(record));
  }
  const rest = splitter.rest();
  if (rest === null) return { end: at, open: false };
  visit(parseRecord(rest));
  return { end: from + mark + rest.start, open: true };
}

/** The larger of two IDs. Null is smaller than any ID. */
export function larger(a: EntryId, b: EntryId | null): EntryId {
  return b !== null && compareIds(b, a) > 0 ? b : a;
}
