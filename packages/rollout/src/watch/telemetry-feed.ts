import {
  compareIds,
  firstIdAt,
  lastIdAt,
  MAX_ID,
  nextId,
  QscError,
  type EntryId,
  type Policy,
  type SourceMark,
} from "@qsc/contract";
import type { EventSource, Gap, ShardState, SourceItem } from "@qsc/stream-reader";
import type { OperationContext } from "../operation/context.js";
import { readEarlier, type Earlier } from "../judge/earlier.js";
import { gapsOf } from "../judge/gaps.js";
import type { KnownDecisions } from "../judge/known-decisions.js";
import { requireSignatures } from "../judge/require-signatures.js";
import { mustReach, readBefore, shardsMarkOf } from "./feed-source.js";
import { lossesOf, refill, type Refill } from "./refill.js";

/** Milliseconds between two attempts to read a failing source. */
const RETRY_MS = 1000;
/** Milliseconds that a pending read has to end after the signal. */
const CLOSE_MS = 1000;

/** How many entries are read back by default: the default window of a watch. */
const DEFAULT_WINDOW = 2000;

/** What following a stream needs of the context. */
type FeedContext = Pick<OperationContext, "openSource" | "clock"> & {
  readonly judgement: { readonly policy: Pick<Policy, "require"> };
};

/** Where an earlier run of a watch stopped. */
export interface Resumed {
  /** The source's mark at that time; null if it was not kept. */
  readonly mark: SourceMark | null;
  /** How many of the newest entries up to there are read back. */
  readonly window: number;
}

/** Entries, and the source's mark when it returned them. */
interface Page {
  readonly items: readonly SourceItem[];
  readonly mark: SourceMark | null;
}

/**
 * Everything published since a cutover: first the existing entries, then new ones as they arrive, across all outages.
 * If an earlier run has read some of it, entries after its last one must not be missing; the newest before that are
 * read back as far as they exist.
 */
export class TelemetryFeed {
  readonly #context: FeedContext;
  readonly #fromMs: number;
  readonly #signal: AbortSignal;
  readonly #known: EntryId | null;
  #source: EventSource | null = null;
  readonly #window: number;
  #pages: AsyncIterator<Page> | null = null;
  #pending: Promise<IteratorResult<Page>> | null = null;
  #mark: SourceMark | null;
  #refill: Refill | null = null;
  #cursor: EntryId | null = null;
  #outage: Error | null = null;
  #caughtUp = false;
  #gaps: readonly string[] = [];
  #earlier: Earlier | null = null;
  #shards: readonly ShardState[] | null = null;
  /** The source's losses among entries that are not judged again; null while only these are read. */
  #past: readonly Gap[] | null = null;

  /**
   * @param signal ends the reading
   * @param known the newest entry that an earlier run has read; null for none. A stream that does not reach it was set
   * back
   */
  constructor(
    context: FeedContext,
    cutover: string,
    signal: AbortSignal,
    known: EntryId | null = null,
    { mark, window }: Resumed = { mark: null, window: DEFAULT_WINDOW },
  ) {
    this.#context = context;
    this.#fromMs = Date.parse(cutover);
    this.#signal = signal;
    this.#known = known;
    this.#mark = known === null ? null : mark;
    this.#window = window;
  }

  /** Why nothing can be read at the moment; null while it can. */
  get outage(): Error | null {
    return this.#outage;
  }

  /** Whether everything that existed at the start has been returned. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  /** What was lost while reading, one sentence each. */
  get gaps(): readonly string[] {
    return [
      ...this.#gaps,
      ...(this.#source === null ? [] : gapsOf(this.#source, this.#past ?? lossesOf(this.#source), [])),
    ];
  }

  /** The shards of the source; null if it reads one stream, or was not opened yet. */
  get shards(): readonly ShardState[] | null {
    this.#shards = this.#source?.shards?.() ?? this.#shards;
    return this.#shards;
  }

  /** The source's mark when it returned the newest entry that was passed on here; null if unknown. */
  get mark(): SourceMark | null {
    return this.#mark;
  }

  /** What was read back of an earlier run's entries; null before that, and for a first run. */
  get refill(): Refill | null {
    return this.#refill;
  }

  /**
   * The decisions from before the cutover; null until they have been read, which happens before anything is returned.
   */
  get earlier(): KnownDecisions | null {
    return this.#earlier?.known ?? null;
  }

  /** The next entries, as soon as there are any; none after `patienceMs`, or at the signal. Never rejects. */
  async next(patienceMs: number): Promise<readonly SourceItem[]> {
    const enough = new AbortController();
    // Not AbortSignal.any: each leaves a trace in a signal that lives as long as the watch (Node 20).
    const stop = (): void => {
      enough.abort();
    };
    this.#signal.addEventListener("abort", stop);
    if (this.#signal.aborted) stop();
    const patience = this.#context.clock.sleep(patienceMs, enough.signal).then(() => null);
    try {
      this.#pages ??= this.#read();
      this.#pending ??= this.#pages.next();
      const page = await Promise.race([this.#pending, patience]);
      if (page === null) return [];
      this.#pending = null;
      if (page.done === true) return [];
      const { items, mark } = page.value;
      for (const { id } of items)
        if (id !== null && (this.#cursor === null || compareIds(id, this.#cursor) > 0)) this.#cursor = id;
      if (items.length > 0) this.#mark = mark;
      return items;
    } catch (thrown) {
      await this.#fail(thrown);
      await Promise.race([this.#context.clock.sleep(RETRY_MS, enough.signal), patience]);
      return [];
    } finally {
      this.#signal.removeEventListener("abort", stop);
      stop();
    }
  }

  async close(): Promise<void> {
    const enough = new AbortController();
    // A hung read must not delay the rollback, which waits for this.
    await Promise.race([this.#pending?.catch(() => undefined), this.#context.clock.sleep(CLOSE_MS, enough.signal)]);
    enough.abort();
    await this.#source?.close();
  }

  async *#read(): AsyncGenerator<Page> {
    const source = await this.#context.openSource();
    this.#past = null;
    this.#source = source;
    requireSignatures(source, this.#context.judgement.policy);
    const cutover = firstIdAt(this.#fromMs);
    const known = this.#known;
    if (known !== null && compareIds(known, cutover) >= 0) {
      this.#refill ??= await refill(source, { from: cutover, to: known }, this.#window);
      this.#earlier ??= await readEarlier(source, this.#refill.from ?? nextId(known), cutover);
      this.#past = lossesOf(source);
      // Returned once: another connection continues after it.
      if (this.#cursor === null) yield { items: readBefore(this.#refill.items, this.#mark), mark: this.#mark };
    } else {
      if (known === null && this.#cursor === null) await mustReach(source, cutover);
      this.#earlier ??= await readEarlier(source, cutover, cutover);
      this.#past = lossesOf(source);
      if (!this.#caughtUp && this.#cursor === null) {
        for await (const items of source.pages({ from: cutover, to: MAX_ID })) yield { items, mark: null };
        // Where each shard was read to: one that is written later may get an ID before the cursor.
        this.#mark = shardsMarkOf(source);
        this.#caughtUp = true;
      }
    }
    this.#outage = null;
    yield { items: [], mark: null };
    const read = this.#newestRead();
    const following = source.follow(read ?? lastIdAt(this.#fromMs - 1), {
      signal: this.#signal,
      onOutage: (error) => {
        this.#outage = error;
      },
      onCaughtUp: () => {
        this.#caughtUp = true;
      },
      ...(read === null ? {} : { resumes: true, mark: this.#mark }),
    });
    for await (const items of following) yield { items, mark: source.mark?.() ?? null };
    if (this.#signal.aborted) return;
    throw new QscError(
      "source_unreachable",
      `${source.label} stopped giving new entries, although nothing had ended the reading: it is opened again.`,
    );
  }

  #newestRead(): EntryId | null {
    const [cursor, known] = [this.#cursor, this.#known];
    if (cursor === null || known === null) return cursor ?? known;
    return compareIds(cursor, known) > 0 ? cursor : known;
  }

  /** Starts over with another connection. */
  async #fail(thrown: unknown): Promise<void> {
    this.#outage = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.#gaps = this.gaps;
    const source = this.#source;
    this.#source = null;
    this.#pages = null;
    this.#pending = null;
    await source?.close().catch(() => undefined);
  }
}
