import type { EntryId } from "@qsc/contract";
import { isWithin, Page } from "../../ports/paging.js";
import type { Gap, IdRange, LineRange, SourceItem } from "../../ports/source.js";
import type { QuickReader } from "../../fast-path/quick-reader.js";
import type { RawRecord } from "./capture.js";
import { chunksOf, plain } from "./chunks.js";
import { pathOfDivided } from "./divided-file.js";
import { eventLogError, openEventLog, type EventLogFile } from "./open-file.js";
import { quickItem } from "./line-entry.js";
import { LinesBeforeRange } from "./lines-before-range.js";
import { LineSplitter, type Splitter } from "./line-splitter.js";
import { isWhole } from "./parse-record.js";
import { splitterFor, withoutBom } from "./splitter-for.js";
import { gapOf } from "./line-range.js";
import { UnplacedFilter } from "./unplaced.js";

/**
 * A small page: objects that survive a collection of the young generation are copied, and what one page teaches is used
 * for all that follow.
 */
const PAGE_ITEMS = 25;
const PAGE_UNITS = 4 * 1024 * 1024;

/** What to read of an event log, and how. */
export interface Reading {
  readonly path: string;
  /** Null: the whole log. */
  readonly lineRange: LineRange | null;
  readonly range: IdRange;
  readonly reader: QuickReader;
  readonly onGap: (gap: Gap) => void;
}

/**
 * The items of an event log, or of some of its lines, that are in a range of IDs. In the order of lines.
 * @throws QscError `source_...`
 */
export async function* eventLogPages(reading: Reading): AsyncGenerator<readonly SourceItem[]> {
  const { path, lineRange, range, reader } = reading;
  const file = await openEventLog(lineRange === null ? path : pathOfDivided(path, lineRange));
  try {
    const page = new Page(PAGE_ITEMS, PAGE_UNITS);
    const unplaced = new UnplacedFilter(range);
    for await (const records of recordsOf(file, reading)) {
      for (const record of records) {
        const item = quickItem(record, reader);
        for (const held of item.id === null ? unplaced.hold(item) : unplaced.meet(item.id)) page.add(held);
        if (item.id !== null && isWithin(item, range)) page.add(item);
        if (page.isFull) yield page.take();
      }
    }
    const next = lineRange === null || !unplaced.holds ? null : await idBehind(file, lineRange, reader);
    for (const held of unplaced.meet(next)) page.add(held);
    if (!page.isEmpty) yield page.take();
  } catch (error) {
    throw eventLogError(path, error);
  } finally {
    await file.handle.close();
  }
}

/** The ID of the line right after a range of lines, where the next range begins; null if there is none. */
async function idBehind(file: EventLogFile, { to }: LineRange, reader: QuickReader): Promise<EntryId | null> {
  const splitter = new LineSplitter();
  for await (const chunk of plain(file.handle, to.at, file.size)) {
    for (const record of splitter.push(chunk)) return quickItem(record, reader).id;
  }
  const rest = splitter.rest();
  return rest === null ? null : quickItem(rest, reader).id;
}

/** The records, chunk by chunk. Use the records of one chunk before asking for the next. */
async function* recordsOf(
  file: EventLogFile,
  { path, lineRange, onGap }: Reading,
): AsyncGenerator<Iterable<RawRecord>> {
  const before = lineRange === null ? null : await gapOf(path, file, lineRange);
  if (before !== null) {
    onGap(before);
    return;
  }
  const from = lineRange?.from.at ?? 0;
  const to = lineRange?.to.at ?? file.size;
  const cutOff = (how: string): void => {
    onGap({ kind: "truncated", detail: `The event log '${path}' is cut off: ${how}.` });
  };
  let splitter: Splitter | null = null;
  let end = from;
  for await (const chunk of lineRange === null ? chunksOf(path, file) : plain(file.handle, from, to)) {
    const text = end === 0 ? withoutBom(chunk) : chunk;
    splitter ??= lineRange === null ? splitterFor(text) : new LineSplitter(new LinesBeforeRange(path, lineRange));
    end += chunk.length;
    yield splitter.push(text);
  }
  if (!file.gzip && end < to) {
    cutOff(`it had ${to} bytes when reading began and ended at ${end}`);
    return;
  }
  const after = lineRange === null ? null : await gapOf(path, file, lineRange);
  if (after !== null) onGap(after);
  if (splitter?.finished === false) cutOff("its array of entries is not closed");
  const rest = splitter?.rest() ?? null;
  const mayGrow = !file.gzip && splitter?.grows === true;
  if (rest !== null && (!mayGrow || isWhole(rest))) yield [rest];
}
