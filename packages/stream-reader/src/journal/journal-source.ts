import { isAbsolute, resolve } from "node:path";
import { QscError, type EntryId } from "@qsc/contract";
import { isWithin, Page } from "../paging.js";
import { QuickReader } from "../quick/quick-reader.js";
import type {
  EventSource,
  FollowOptions,
  Gap,
  IdRange,
  SourceItem,
  SourceState,
} from "../port.js";
import { chunksOf } from "./chunks.js";
import { JournalFollower } from "./follow.js";
import { journalError, openJournal, type JournalFile } from "./journal-file.js";
import type { Splitter } from "./line-splitter.js";
import { quickItem } from "./line-entry.js";
import { splitterFor, withoutBom } from "./splitter-for.js";

const PAGE_ITEMS = 500;
/** The first page is short: what its reader learns from it is known in all that follow. */
const FIRST_ITEMS = 50;
const PAGE_UNITS = 4 * 1024 * 1024;

/** A journal file as a source: NDJSON, plain or gzip, or the output of `redis-cli --json XRANGE`. */
export class JournalSource implements EventSource {
  readonly label: string;
  readonly stream: null = null;
  readonly ordering = "as-written";
  readonly live: boolean;
  readonly #path: string;
  readonly #gaps: Gap[] = [];
  readonly #reader = new QuickReader();
  readonly #closing = new AbortController();

  constructor(path: string, live: boolean) {
    this.#path = isAbsolute(path) ? path : resolve(path);
    this.label = `file:${path}`;
    this.live = live;
  }

  /** A journal knows its length only when it is empty, and has no clock. */
  async state(): Promise<SourceState> {
    this.#assertOpen();
    const { handle, size } = await openJournal(this.#path);
    await handle.close();
    return { length: size === 0 ? 0 : null, firstId: null, lastId: null, clockMs: null };
  }

  /** In the order of lines, whatever the order asked for. */
  async *pages(range: IdRange): AsyncGenerator<readonly SourceItem[]> {
    this.#assertOpen();
    const file = await openJournal(this.#path);
    try {
      let page = new Page(FIRST_ITEMS, PAGE_UNITS);
      for await (const item of this.#items(file)) {
        if (isWithin(item, range)) page.add(item);
        if (!page.isFull) continue;
        yield page.take();
        page = new Page(PAGE_ITEMS, PAGE_UNITS);
      }
      if (!page.isEmpty) yield page.take();
    } catch (error) {
      throw journalError(this.#path, error);
    } finally {
      await file.handle.close();
    }
  }

  async *follow(after: EntryId, options: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    this.#assertOpen();
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const follower = new JournalFollower(this.#path, (gap) => this.#gaps.push(gap));
    yield* follower.pages(after, { ...options, signal });
  }

  gaps(): readonly Gap[] {
    return [...this.#gaps];
  }

  close(): Promise<void> {
    this.#closing.abort();
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#items(file: JournalFile): AsyncGenerator<SourceItem> {
    let splitter: Splitter | null = null;
    let bytes = 0;
    for await (const chunk of chunksOf(this.#path, file)) {
      const text = splitter === null ? withoutBom(chunk) : chunk;
      splitter ??= splitterFor(text);
      bytes += chunk.length;
      for (const record of splitter.push(text)) yield quickItem(record, this.#reader);
    }
    if (!file.gzip && bytes < file.size) {
      this.#lost(`it had ${file.size} bytes when reading began and ended at ${bytes}`);
    } else if (splitter !== null) yield* this.#last(splitter, file.gzip);
  }

  /** A line without its end counts if it is an entry; otherwise it is still being written. */
  *#last(splitter: Splitter, final: boolean): Generator<SourceItem> {
    const rest = splitter.rest();
    const item = rest === null ? null : quickItem(rest, this.#reader);
    if (!splitter.finished) this.#lost("the array of entries in it does not end");
    if (item !== null && (final || !splitter.grows || item.kind === "entry")) yield item;
  }

  #lost(how: string): void {
    const detail = `The journal '${this.#path}' is cut off: ${how}.`;
    this.#gaps.push({ kind: "truncated", detail });
  }

  #assertOpen(): void {
    if (!this.#closing.signal.aborted) return;
    throw new QscError("internal", `The source ${this.label} was read after it was closed.`);
  }
}
