import { asQscError, type EntryId, type QscError } from "@qsc/contract";
import type { EventSink, NewEntry } from "@qsc/stream-reader/sink";
import { setTimeout as wait } from "node:timers/promises";
import { isolated, type Report } from "../observe/isolated.js";
import { until } from "../until.js";

/** What happens to decisions on their way out. A listener that throws or rejects does not disturb any decision. */
export interface PublisherEvents {
  /** Decisions cannot be published at the moment. Reported once for each kind of trouble. */
  readonly onOutage: (error: QscError) => void;
  /** This many decisions are lost: the oldest, because the buffer was full, or one that no reader would accept. */
  readonly onDropped: (count: number) => void;
  /** This many decisions are known to be published, under these IDs. */
  readonly onPublished: (count: number, ids: readonly EntryId[]) => void;
}

export interface PublisherOptions extends PublisherEvents {
  /** How many decisions are kept while they cannot be published. */
  readonly capacity: number;
  /** Milliseconds of a clock that never goes back. */
  readonly clock?: () => number;
  /** Called the first time that a listener throws or rejects. */
  readonly onListenerError?: Report;
}

/** How many entries go into one write. */
const BATCH = 200;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/**
 * Carries decisions to a sink, in order and each exactly once. While the sink cannot be written, they wait in a buffer.
 * When that is full, the oldest one that is not being written is dropped and reported.
 */
export class Publisher {
  readonly #sink: EventSink;
  readonly #capacity: number;
  readonly #clock: () => number;
  readonly #events: PublisherEvents;
  readonly #waiting: NewEntry[] = [];
  /** When each decision was offered. */
  readonly #offeredAt = new WeakMap<NewEntry, number>();
  /** When a write last succeeded. */
  #wroteAt = -Infinity;
  readonly #roomWanted: (() => void)[] = [];
  #dropped = 0;
  /** How many of the next entries are written one by one. */
  #singly = 0;
  /** What is being written. It must be repeated unchanged until it is known to be there. */
  #inFlight: readonly NewEntry[] = [];
  #pumping: Promise<void> | null = null;
  #outage: QscError | null = null;
  readonly #stop = new AbortController();

  constructor(sink: EventSink, options: PublisherOptions) {
    const { onOutage, onDropped, onPublished, onListenerError: report = () => undefined } = options;
    this.#sink = sink;
    this.#capacity = options.capacity;
    this.#clock = options.clock ?? (() => performance.now());
    this.#events = {
      onOutage: isolated("onOutage", onOutage, report),
      onDropped: isolated("onDropped", onDropped, report),
      onPublished: isolated("onPublished", onPublished, report),
    };
  }

  /** Decisions that are not known to be published. */
  get buffered(): number {
    return this.#waiting.length + this.#inFlight.length;
  }

  /** How long the oldest decision not known to be published has waited, in milliseconds; 0 if all are published. */
  get waitingMs(): number {
    return this.#since(-Infinity);
  }

  /** For how long decisions have waited while none was published, in milliseconds. */
  get stalledMs(): number {
    return this.#since(this.#wroteAt);
  }

  /** Decisions lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Why nothing can be published at the moment; null if it can. */
  get outage(): QscError | null {
    return this.#outage;
  }

  /** Takes a decision. Never waits and never refuses: if the buffer is full, the oldest decision is dropped. */
  offer(entry: NewEntry): void {
    this.#waiting.push(entry);
    this.#offeredAt.set(entry, this.#clock());
    const excess = Math.min(this.buffered - this.#capacity, this.#waiting.length);
    if (excess > 0) {
      this.#waiting.splice(0, excess);
      this.#lose(excess);
    }
    this.#pumping ??= this.#pump();
  }

  /** Whether the next decision will cause one to be dropped. */
  get isFull(): boolean {
    return this.buffered >= this.#capacity;
  }

  /**
   * Resolves when the buffer is at most half full, or on the signal: for a feed that can wait, so that nothing is lost.
   */
  async room(signal: AbortSignal): Promise<void> {
    while (this.buffered > this.#capacity / 2 && !signal.aborted) {
      await until(new Promise<void>((resolve) => this.#roomWanted.push(resolve)), signal);
    }
  }

  /** Resolves when everything is published, or on the signal: then with the number of decisions that are not. */
  async drain(signal: AbortSignal): Promise<number> {
    await until(this.#pumping ?? Promise.resolve(), signal);
    this.#stop.abort();
    return this.buffered;
  }

  /** How long ago the oldest decision not known to be published was offered, counted from `after` at the earliest. */
  #since(after: number): number {
    const [oldest = this.#waiting[0]] = this.#inFlight;
    const offeredAt = oldest === undefined ? undefined : this.#offeredAt.get(oldest);
    return offeredAt === undefined ? 0 : this.#clock() - Math.max(offeredAt, after);
  }

  async #pump(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    // Decisions made in the same turn go out in one write.
    await Promise.resolve();
    while (this.buffered > 0 && !this.#stop.signal.aborted) {
      if (this.#inFlight.length === 0) this.#inFlight = this.#nextBatch();
      const error = await this.#write();
      if (error === null) pauseMs = FIRST_PAUSE_MS;
      else {
        await wait(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
    }
    this.#pumping = null;
  }

  #nextBatch(): readonly NewEntry[] {
    const size = this.#singly > 0 ? 1 : BATCH;
    this.#singly = Math.max(0, this.#singly - 1);
    return this.#waiting.splice(0, size);
  }

  /** This write can never be published as a whole. Its entries are sent one by one, and only the faulty one is lost. */
  #takeApart(): void {
    if (this.#inFlight.length === 1) this.#lose(1);
    else {
      this.#singly = this.#inFlight.length;
      this.#waiting.unshift(...this.#inFlight);
    }
    this.#inFlight = [];
  }

  #lose(count: number): void {
    this.#dropped += count;
    this.#events.onDropped(count);
  }

  /** @returns why it must be repeated; null if it need not */
  async #write(): Promise<QscError | null> {
    let ids: readonly EntryId[];
    try {
      ids = await this.#sink.append(this.#inFlight);
    } catch (thrown) {
      const error = asQscError(thrown);
      if (error.code === "usage") {
        this.#takeApart();
        return null;
      }
      if (error.code !== this.#outage?.code) this.#events.onOutage(error);
      this.#outage = error;
      return error;
    }
    const count = this.#inFlight.length;
    this.#inFlight = [];
    this.#wroteAt = this.#clock();
    this.#events.onPublished(count, ids);
    this.#outage = null;
    for (const resolve of this.#roomWanted.splice(0)) resolve();
    return null;
  }
}
