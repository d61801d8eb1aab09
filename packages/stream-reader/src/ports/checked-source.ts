import { parseEntryId, type EntryId } from "@qsc/contract";
import {
  assertOption,
  assertOptions,
  BOOLEAN,
  ENTRY_ID,
  FUNCTION,
  invalidOption,
  isPlainObject,
  MILLISECONDS,
  SIGNAL,
  type Table,
} from "./options.js";
import type { EventReader, EventSource, FollowOptions, IdRange, SourcePart } from "./source.js";

const MARK = { is: isMark, words: "a mark from a source's mark(), or null" };
const FOLLOW_OPTIONS: Table<FollowOptions> = {
  restMs: MILLISECONDS,
  signal: SIGNAL,
  onOutage: FUNCTION,
  resumes: BOOLEAN,
  mark: MARK,
  onCaughtUp: FUNCTION,
};

/** A reader that refuses invalid arguments before its adapter sees them. */
export function checkedReader(reader: EventReader): EventReader {
  return {
    ordering: reader.ordering,
    pages: (range, order, limit) =>
      checked(
        () => {
          assertPages(range, order);
        },
        () => reader.pages(range, order, limit),
      ),
    gaps: () => reader.gaps(),
    close: () => reader.close(),
    [Symbol.asyncDispose]: () => reader.close(),
  };
}

/** The same for a source. */
export function checkedSource(source: EventSource): EventSource {
  const parts = async (range: IdRange, count: number, leastEntries?: number): Promise<readonly SourcePart[] | null> => {
    assertRange(range);
    if (!Number.isSafeInteger(count) || count < 1) throw invalidOption("count", count, "a whole number, 1 or more");
    if (leastEntries !== undefined && !(leastEntries >= 0))
      throw invalidOption("leastEntries", leastEntries, "a number from 0 on");
    return (await source.parts?.(range, count, leastEntries)) ?? null;
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
    ...(source.shards === undefined ? {} : { shards: () => source.shards?.() ?? [] }),
    follow: (after, options) =>
      checked(
        () => {
          assertFollow(after, options);
        },
        () => source.follow(after, options),
      ),
  };
}

/** A range that ends before it begins is allowed: it is empty. @throws QscError `invalid_option` */
export function assertRange(range: unknown): void {
  if (!isPlainObject(range)) throw invalidOption("range", range, "an object with from and to");
  assertOption("range.from", range["from"], ENTRY_ID);
  assertOption("range.to", range["to"], ENTRY_ID);
}

/** Only the source that made it knows its members. */
function isMark(value: unknown): boolean {
  if (value === null) return true;
  if (!isPlainObject(value)) return false;
  const { kind, id } = value;
  if (kind === "shards" && !isListOfMarks(value["shards"])) return false;
  return typeof kind === "string" && MARKS.has(kind) && typeof id === "string" && parseEntryId(id) !== null;
}

/** The kinds of marks. */
const MARKS: ReadonlySet<string> = new Set(["stream", "log", "shards", "jetstream"]);

function isListOfMarks(shards: unknown): boolean {
  const isId = (id: unknown): boolean => typeof id === "string" && parseEntryId(id) !== null;
  return (
    Array.isArray(shards) &&
    shards.every((one) => isPlainObject(one) && typeof one["stream"] === "string" && isId(one["id"]))
  );
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

/** Reads if the check passes. Otherwise an iteration that rejects, like any other reading error. */
function checked<T>(check: () => void, read: () => AsyncIterable<T>): AsyncIterable<T> {
  try {
    check();
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(reason) }) };
  }
  return read();
}
