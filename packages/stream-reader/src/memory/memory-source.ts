import { compareIds, QscError, type EntryId } from "@qsc/contract";
import { assertItem } from "../ports/checked-item.js";
import { checkedSource } from "../ports/checked-source.js";
import { assertOptions, BOOLEAN, FUNCTION, invalidOption, type Table } from "../ports/options.js";
import { checkedLimit, isWithin } from "../ports/paging.js";
import type { EventSource, FollowOptions, IdRange, SourceItem, SourceState } from "../ports/source.js";

const PAGE_ITEMS = 500;
const APPEND = "append";

/** An EventSource that can be written to. */
export interface MemorySource extends EventSource {
  /** Appends items. Append them in the order of their IDs. */
  append(...items: readonly SourceItem[]): void;
}

/** What a source in memory is like. */
export interface MemorySourceOptions {
  /** Whether new entries are expected. Default false. */
  readonly live?: boolean;
  /** The source's clock, in milliseconds since 1970. Default: none. */
  readonly clock?: () => number;
}

const MEMORY_OPTIONS: Table<MemorySourceOptions> = { live: BOOLEAN, clock: FUNCTION };

/**
 * A source of entries in memory, in the order of their IDs: for tests, demos and other readers.
 * @throws QscError `invalid_option`
 */
export function memorySource(items: readonly SourceItem[], options: MemorySourceOptions = {}): MemorySource {
  assertItems(items);
  assertOptions(options, MEMORY_OPTIONS, "options");
  const written = [...items];
  const closing = new AbortController();
  const appended = new EventTarget();

  function assertOpen(): void {
    if (!closing.signal.aborted) return;
    throw new QscError("internal", "The source memory: was read after it was closed.");
  }

  async function* follow(after: EntryId, { signal, onCaughtUp }: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    assertOpen();
    const end = AbortSignal.any([signal, closing.signal]);
    yield* following(written, after, () => next(appended, end), { signal: end, ...(onCaughtUp && { onCaughtUp }) });
  }

  async function* pages(
    range: IdRange,
    order: "oldest-first" | "newest-first" = "oldest-first",
    limit = Infinity,
  ): AsyncGenerator<readonly SourceItem[]> {
    assertOpen();
    const all = written.filter((item) => isWithin(item, range));
    if (order === "newest-first") all.reverse();
    yield* paged(all.slice(0, checkedLimit(limit)));
  }

  function close(): Promise<void> {
    closing.abort();
    return Promise.resolve();
  }

  const source: EventSource = {
    label: "memory:",
    stream: null,
    ordering: "by-id",
    live: options.live ?? false,
    state: async () => {
      assertOpen();
      return Promise.resolve(stateOf(written, options));
    },
    pages,
    follow,
    gaps: () => [],
    close,
    [Symbol.asyncDispose]: close,
  };
  return Object.assign(checkedSource(source), {
    append: (...more: readonly SourceItem[]) => {
      assertItems(more);
      written.push(...more);
      appended.dispatchEvent(new Event(APPEND));
    },
  });
}

/** Pages of what is written, and of what is written later; `more` resolves when that may be so. */
async function* following(
  written: readonly SourceItem[],
  after: EntryId,
  more: () => Promise<void>,
  { signal, onCaughtUp }: FollowOptions,
): AsyncGenerator<readonly SourceItem[]> {
  const atStart = written.length;
  let isCaughtUp = false;
  for (let at = startAfter(written, after); !signal.aborted;) {
    if (!isCaughtUp && at >= atStart) {
      isCaughtUp = true;
      onCaughtUp?.();
    }
    const page = written.slice(at, at + PAGE_ITEMS);
    at += page.length;
    if (page.length > 0) yield page;
    else await more();
  }
}

async function* paged(items: readonly SourceItem[]): AsyncGenerator<readonly SourceItem[]> {
  for (let at = 0; at < items.length; at += PAGE_ITEMS) {
    yield await Promise.resolve(items.slice(at, at + PAGE_ITEMS));
  }
}

function stateOf(items: readonly SourceItem[], { clock }: MemorySourceOptions): SourceState {
  const now = clock === undefined ? null : timeOf(clock());
  const lastId = items.findLast((item) => item.id !== null)?.id ?? null;
  return {
    length: items.length,
    firstId: items.find((item) => item.id !== null)?.id ?? null,
    lastId,
    endId: lastId,
    clock: now === null ? null : { lowMs: now, highMs: now },
  };
}

function assertItems(items: unknown): void {
  if (!Array.isArray(items)) throw invalidOption("items", items, "a list of entries and rejections");
  for (const item of items as unknown[]) assertItem(item);
}

function timeOf(ms: unknown): number {
  if (typeof ms === "number" && Number.isFinite(ms)) return ms;
  throw invalidOption("the time of clock()", ms, "in milliseconds since 1970");
}

/** The index after the last item that is not later than `after`. */
function startAfter(items: readonly SourceItem[], after: EntryId): number {
  return items.findLastIndex((item) => item.id !== null && compareIds(item.id, after) <= 0) + 1;
}

/** Resolves on the next append, or on the signal. */
async function next(appended: EventTarget, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    appended.addEventListener(APPEND, done);
    signal.addEventListener("abort", done);
    function done(): void {
      appended.removeEventListener(APPEND, done);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
