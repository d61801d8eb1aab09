import { compareIds, firstIdAt, lastIdAt, MAX_ID, type EntryId, type Policy } from "@qsc/contract";
import type { EventSource, SourceItem } from "@qsc/stream-reader";
import type { CanaryWorld } from "../canary/world.js";
import { readEarlier, type Earlier } from "../telemetry/earlier.js";
import { gapsOf } from "../telemetry/gaps.js";
import type { KnownDecisions } from "../telemetry/known-decisions.js";
import { requireSignatures } from "../telemetry/require-signatures.js";

/** Between two attempts to read a source that fails, in milliseconds. */
const RETRY_MS = 1000;
/** A read that is under way has so long to end with the signal, in milliseconds. */
const CLOSE_MS = 1000;

/** What following a stream needs of the world. */
type EntriesWorld = Pick<CanaryWorld, "openSource" | "clock"> & { readonly setting: { readonly policy: Pick<Policy, "require"> } };

/** Everything published since a cutover: first what is there, then what arrives, whatever the source goes through. */
export class Entries {
  readonly #world: EntriesWorld;
  readonly #fromMs: number;
  readonly #signal: AbortSignal;
  readonly #known: EntryId | null;
  #source: EventSource | null = null;
  #pages: AsyncIterator<readonly SourceItem[]> | null = null;
  #pending: Promise<IteratorResult<readonly SourceItem[]>> | null = null;
  #cursor: EntryId | null = null;
  #outage: Error | null = null;
  #caughtUp = false;
  #gaps: readonly string[] = [];
  #earlier: Earlier | null = null;

  /**
   * @param signal ends the reading
   * @param known the newest entry that an earlier run has read; null for none: a stream that does not reach it was set back
   */
  constructor(world: EntriesWorld, cutover: string, signal: AbortSignal, known: EntryId | null = null) {
    this.#world = world;
    this.#fromMs = Date.parse(cutover);
    this.#signal = signal;
    this.#known = known;
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
    return [...this.#gaps, ...(this.#source === null ? [] : gapsOf(this.#source, this.#earlier?.gaps ?? [], []))];
  }

  /** The decisions from before the cutover; null until they have been read, which is before anything is given. */
  get earlier(): KnownDecisions | null {
    return this.#earlier?.known ?? null;
  }

  /** The next entries, as soon as there are some; none after so many milliseconds, or at the signal. Never rejects. */
  async next(patienceMs: number): Promise<readonly SourceItem[]> {
    const enough = new AbortController();
    const ends = AbortSignal.any([enough.signal, this.#signal]);
    const patience = this.#world.clock.sleep(patienceMs, ends).then(() => null);
    try {
      this.#pages ??= this.#read();
      this.#pending ??= this.#pages.next();
      const page = await Promise.race([this.#pending, patience]);
      if (page === null) return [];
      this.#pending = null;
      if (page.done === true) return [];
      for (const { id } of page.value) if (id !== null && (this.#cursor === null || compareIds(id, this.#cursor) > 0)) this.#cursor = id;
      return page.value;
    } catch (thrown) {
      await this.#fail(thrown);
      await Promise.race([this.#world.clock.sleep(RETRY_MS, ends), patience]);
      return [];
    } finally {
      enough.abort();
    }
  }

  async close(): Promise<void> {
    const enough = new AbortController();
    // One that hangs holds nobody up: a rollback waits for this.
    await Promise.race([this.#pending?.catch(() => undefined), this.#world.clock.sleep(CLOSE_MS, enough.signal)]);
    enough.abort();
    await this.#source?.close();
  }

  async *#read(): AsyncGenerator<readonly SourceItem[]> {
    const source = await this.#world.openSource();
    this.#source = source;
    requireSignatures(source, this.#world.setting.policy);
    const cutover = firstIdAt(this.#fromMs);
    this.#earlier ??= await readEarlier(source, cutover, cutover);
    if (!this.#caughtUp) {
      yield* source.pages({ from: this.#cursor ?? cutover, to: MAX_ID });
      this.#caughtUp = true;
    }
    this.#outage = null;
    yield [];
    const onOutage = (error: Error | null): void => {
      this.#outage = error;
    };
    const read = this.#newestRead();
    yield* source.follow(read ?? lastIdAt(this.#fromMs - 1), { signal: this.#signal, onOutage, resumes: read !== null });
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
