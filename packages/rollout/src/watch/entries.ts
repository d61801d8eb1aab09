import { compareIds, firstIdAt, lastIdAt, MAX_ID, nextId, type EntryId, type Policy, type SourceMark } from "@qsc/contract";
import type { EventSource, Gap, SourceItem } from "@qsc/stream-reader";
import type { CanaryWorld } from "../canary/world.js";
import { readEarlier, type Earlier } from "../telemetry/earlier.js";
import { gapsOf } from "../telemetry/gaps.js";
import type { KnownDecisions } from "../telemetry/known-decisions.js";
import { requireSignatures } from "../telemetry/require-signatures.js";
import { lossesOf, refill, type Refill } from "./refill.js";

/** Between two attempts to read a source that fails, in milliseconds. */
const RETRY_MS = 1000;
/** A read that is under way has so long to end with the signal, in milliseconds. */
const CLOSE_MS = 1000;

/** How many entries are read back where no number is given: what a watch judges. */
const DEFAULT_WINDOW = 2000;

/** What following a stream needs of the world. */
type EntriesWorld = Pick<CanaryWorld, "openSource" | "clock"> & { readonly setting: { readonly policy: Pick<Policy, "require"> } };

/** Where an earlier run of a watch has come to. */
export interface Resumed {
  /** How the source was seen then; null where it was not kept. */
  readonly mark: SourceMark | null;
  /** How many of the newest entries up to there are read back. */
  readonly window: number;
}

/** Entries, and how the source was seen when it gave them. */
interface Page {
  readonly items: readonly SourceItem[];
  readonly mark: SourceMark | null;
}

/**
 * Everything published since a cutover: first what is there, then what arrives, whatever the source goes through. Where an earlier
 * run has read on from the cutover, what came after its last entry is what must not be missing; the newest before that are read back
 * as far as they are there.
 */
export class Entries {
  readonly #world: EntriesWorld;
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
  /** What the source has lost of entries that are not judged again; null while only these are read. */
  #past: readonly Gap[] | null = null;

  /**
   * @param signal ends the reading
   * @param known the newest entry that an earlier run has read; null for none: a stream that does not reach it was set back
   */
  constructor(
    world: EntriesWorld,
    cutover: string,
    signal: AbortSignal,
    known: EntryId | null = null,
    { mark, window }: Resumed = { mark: null, window: DEFAULT_WINDOW },
  ) {
    this.#world = world;
    this.#fromMs = Date.parse(cutover);
    this.#signal = signal;
    this.#known = known;
    this.#mark = known === null ? null : mark;
    this.#window = window;
  }

  /** Why nothing can be read for now; null while it can. */
  get outage(): Error | null {
    return this.#outage;
  }

  /** Whether everything that was there at the start has been given. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  /** What was lost under the reader, a sentence each. */
  get gaps(): readonly string[] {
    return [...this.#gaps, ...(this.#source === null ? [] : gapsOf(this.#source, this.#past ?? lossesOf(this.#source), []))];
  }

  /** How the source was seen when it gave the newest entry that was given here; null where that is not known. */
  get mark(): SourceMark | null {
    return this.#mark;
  }

  /** What was read back of what an earlier run has read; null before that, and for a first run. */
  get refill(): Refill | null {
    return this.#refill;
  }

  /** The decisions from before the cutover; null until they have been read, which is before anything is given. */
  get earlier(): KnownDecisions | null {
    return this.#earlier?.known ?? null;
  }

  /** The next entries, as soon as there are some; none after `patienceMs`, or at the signal. Never rejects. */
  async next(patienceMs: number): Promise<readonly SourceItem[]> {
    const enough = new AbortController();
    // Not AbortSignal.any: each leaves a trace in a signal that lives as long as the watch (Node 20).
    const stop = (): void => { enough.abort(); };
    this.#signal.addEventListener("abort", stop);
    if (this.#signal.aborted) stop();
    const patience = this.#world.clock.sleep(patienceMs, enough.signal).then(() => null);
    try {
      this.#pages ??= this.#read();
      this.#pending ??= this.#pages.next();
      const page = await Promise.race([this.#pending, patience]);
      if (page === null) return [];
      this.#pending = null;
      if (page.done === true) return [];
      const { items, mark } = page.value;
      for (const { id } of items) if (id !== null && (this.#cursor === null || compareIds(id, this.#cursor) > 0)) this.#cursor = id;
      if (items.length > 0) this.#mark = mark;
      return items;
    } catch (thrown) {
      await this.#fail(thrown);
      await Promise.race([this.#world.clock.sleep(RETRY_MS, enough.signal), patience]);
      return [];
    } finally {
      this.#signal.removeEventListener("abort", stop);
      stop();
    }
  }

  async close(): Promise<void> {
    const enough = new AbortController();
    // A hung read must not delay the rollback, which waits for this.
    await Promise.race([this.#pending?.catch(() => undefined), this.#world.clock.sleep(CLOSE_MS, enough.signal)]);
    enough.abort();
    await this.#source?.close();
  }

  async *#read(): AsyncGenerator<Page> {
    const source = await this.#world.openSource();
    this.#past = null;
    this.#source = source;
    requireSignatures(source, this.#world.setting.policy);
    const cutover = firstIdAt(this.#fromMs);
    const known = this.#known;
    if (known !== null && compareIds(known, cutover) >= 0) {
      this.#refill ??= await refill(source, { from: cutover, to: known }, this.#window);
      this.#earlier ??= await readEarlier(source, this.#refill.from ?? nextId(known), cutover);
      this.#past = lossesOf(source);
      // Given once: another connection goes on behind it.
      if (this.#cursor === null) yield { items: this.#refill.items, mark: this.#mark };
    } else {
      this.#earlier ??= await readEarlier(source, cutover, cutover);
      this.#past = lossesOf(source);
      if (!this.#caughtUp && this.#cursor === null) {
        for await (const items of source.pages({ from: cutover, to: MAX_ID })) yield { items, mark: null };
        this.#caughtUp = true;
      }
    }
    this.#outage = null;
    yield { items: [], mark: null };
    const read = this.#newestRead();
    const following = source.follow(read ?? lastIdAt(this.#fromMs - 1), {
      signal: this.#signal,
      onOutage: (error) => { this.#outage = error; },
      onCaughtUp: () => { this.#caughtUp = true; },
      ...(read === null ? {} : { resumes: true, mark: this.#mark }),
    });
    for await (const items of following) yield { items, mark: source.mark?.() ?? null };
  }

  #newestRead(): EntryId | null {
    const [cursor, known] = [this.#cursor, this.#known];
    if (cursor === null || known === null) return cursor ?? known;
    return compareIds(cursor, known) > 0 ? cursor : known;
  }

  /** Begins again with another connection. */
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
