import { isAbsolute, resolve } from "node:path";
import { QscError, type EntryId, type SourceMark } from "@qsc/contract";
import type {
  EventSource,
  FollowOptions,
  Gap,
  IdRange,
  LineRange,
  SourceItem,
  SourcePart,
  SourceState,
} from "../../ports/source.js";
import { QuickReader } from "../../fast-path/quick-reader.js";
import { divide } from "./divide.js";
import { EventLogFollower } from "./follow.js";
import { eventLogError, openEventLog } from "./open-file.js";
import { eventLogPages } from "./pages.js";
import { rotatedGap } from "./rotated-away.js";

/** With fewer lines, one thread finishes before a second one has started. */
const LEAST_LINES = 200_000;

/** An event log file as a source: NDJSON, plain or gzip, or the output of `redis-cli --json XRANGE`. */
export class EventLogSource implements EventSource {
  readonly label: string;
  readonly stream: null = null;
  readonly ordering = "as-written";
  readonly live: boolean;
  readonly #path: string;
  readonly #partOf: (range: IdRange, lineRange: LineRange) => SourcePart;
  readonly #leastLines: number;
  readonly #gaps: Gap[] = [];
  readonly #reader = new QuickReader();
  readonly #closing = new AbortController();
  #follower: EventLogFollower | null = null;

  /**
   * @param partOf how another thread opens a range of lines to read a range of IDs
   * @param leastLines the approximate number of lines from which an event log is read in parts
   */
  constructor(
    path: string,
    live: boolean,
    partOf: (range: IdRange, lineRange: LineRange) => SourcePart,
    leastLines: number = LEAST_LINES,
  ) {
    this.#path = isAbsolute(path) ? path : resolve(path);
    this.label = `file:${path}`;
    this.live = live;
    this.#partOf = partOf;
    this.#leastLines = leastLines;
  }

  /** An event log knows its length only if it is empty, and has no clock. */
  async state(): Promise<SourceState> {
    this.#assertOpen();
    const { handle, size } = await openEventLog(this.#path);
    await handle.close();
    return { length: size === 0 ? 0 : null, firstId: null, lastId: null, endId: null, clock: null };
  }

  /** In the order of lines, whatever order the caller asks for. */
  async *pages(range: IdRange): AsyncGenerator<readonly SourceItem[]> {
    this.#assertOpen();
    await this.#checkRotated(range);
    yield* eventLogPages({
      path: this.#path,
      lineRange: null,
      range,
      reader: this.#reader,
      onGap: (gap) => this.#gaps.push(gap),
    });
  }

  /** Divided by bytes, which is even if lines are equally long. A growing log is divided up to its present size. */
  async parts(
    range: IdRange,
    count: number,
    leastLines: number = this.#leastLines,
  ): Promise<readonly SourcePart[] | null> {
    this.#assertOpen();
    await this.#checkRotated(range);
    const file = await openEventLog(this.#path);
    try {
      const stretches = await divide(file, count, leastLines);
      return stretches?.map((lineRange) => this.#partOf(range, lineRange)) ?? null;
    } catch (error) {
      throw eventLogError(this.#path, error);
    } finally {
      await file.handle.close();
    }
  }

  async *follow(after: EntryId, options: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    this.#assertOpen();
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const follower = new EventLogFollower(this.#path, (gap) => this.#gaps.push(gap));
    this.#follower = follower;
    yield* follower.pages(after, { ...options, signal });
  }

  mark(): SourceMark | null {
    return this.#follower?.mark() ?? null;
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

  /** A range that begins before the log does may continue in files that were rotated away. */
  async #checkRotated({ from }: IdRange): Promise<void> {
    const gap = await rotatedGap(this.#path, from);
    if (gap !== null && !this.#gaps.some(({ detail }) => detail === gap.detail)) this.#gaps.push(gap);
  }

  #assertOpen(): void {
    if (!this.#closing.signal.aborted) return;
    throw new QscError("internal", `The source ${this.label} was read after it was closed.`);
  }
}
