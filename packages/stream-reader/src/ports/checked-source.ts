import { parseEntryId, type EntryId } from "@qsc/contract";
import { assertOption, assertOptions, BOOLEAN, ENTRY_ID, FUNCTION, invalidOption, isPlainObject, SIGNAL, type Table } from "./options.js";
import type { EventReader, EventSource, FollowOptions, IdRange, SourcePart } from "./source.js";

const MARK = { is: isMark, words: "what mark() of a source said, or null" };
const FOLLOW_OPTIONS: Table<FollowOptions> = { signal: SIGNAL, onOutage: FUNCTION, resumes: BOOLEAN, mark: MARK, onCaughtUp: FUNCTION };

/** A reader that refuses what it is not defined for, before its adapter sees it. */
export function checkedReader(reader: EventReader): EventReader {
  return {
    ordering: reader.ordering,
    pages: (range, order, limit) => checked(() => { assertPages(range, order); }, () => reader.pages(range, order, limit)),
    gaps: () => reader.gaps(),
    close: () => reader.close(),
    [Symbol.asyncDispose]: () => reader.close(),
  };
}

/** The same of a source. */
export function checkedSource(source: EventSource): EventSource {
  const parts = async (range: IdRange, count: number): Promise<readonly SourcePart[] | null> => {
    assertRange(range);
    if (!Number.isSafeInteger(count) || count < 1) throw invalidOption("count", count, "a whole number of at least 1");
    return (await source.parts?.(range, count)) ?? null;
  };
  return {
    ...checkedReader(source),
    label: source.label,
    stream: source.stream,
    live: source.live,
    ...(source.verifies === undefined ? {} : { verifies: source.verifies }),
    state: () => source.state(),
    ...(source.parts === undefined ? {} : { parts }),
    ...(source.mark === undefined ? {} : { mark: () => source.mark?.() ?? null }),
    follow: (after, options) => checked(() => { assertFollow(after, options); }, () => source.follow(after, options)),
  };
}

/** A range that ends before it begins is one: it holds nothing. @throws QscError `invalid_option` */
export function assertRange(range: unknown): void {
  if (!isPlainObject(range)) throw invalidOption("range", range, "an object with from and to");
  assertOption("range.from", range["from"], ENTRY_ID);
  assertOption("range.to", range["to"], ENTRY_ID);
}

/** Its members are the business of the source that said it. */
function isMark(value: unknown): boolean {
  if (value === null) return true;
  if (!isPlainObject(value)) return false;
  const { kind, id } = value;
  return (kind === "stream" || kind === "log") && typeof id === "string" && parseEntryId(id) !== null;
}

function assertPages(range: unknown, order: unknown): void {
  assertRange(range);
  if (order === undefined || order === "oldest-first" || order === "newest-first") return;
  throw invalidOption("order", order, "oldest-first or newest-first");
}

function assertFollow(after: EntryId, options: FollowOptions): void {
  assertOption("after", after, ENTRY_ID);
  assertOptions(options, FOLLOW_OPTIONS, "options");
  assertOption("signal", options.signal, SIGNAL);
}

/** What is read where nothing is wrong; else an iteration that rejects, as with every other error of a reading. */
function checked<T>(check: () => void, read: () => AsyncIterable<T>): AsyncIterable<T> {
  try {
    check();
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(reason) }) };
  }
  return read();
}
