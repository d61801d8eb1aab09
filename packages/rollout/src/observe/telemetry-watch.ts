import { asQscError, lastIdAt, MAX_ID, MIN_ID, type EntryId, type Intent, type Rejection } from "@qsc/contract";
import { readItem, type EventSource, type SourceItem } from "@qsc/stream-reader";
import { hostClock } from "../host/clock.js";

/** The pause before an unreachable source is opened again, in milliseconds. */
const RETRY_MS = 1000;
/** Nothing depends on when the newest decision is seen, as long as it is within a second. */
const REST_MS = 500;

/** What is known of the telemetry now. */
export interface TelemetrySight {
  /** Why it cannot be read; null while it can. */
  readonly outage: string | null;
  /** Since when, in milliseconds since 1970; null while it can be read, and before the first attempt has ended. */
  readonly outageSinceMs: number | null;
  /** Whether it could be read since the beginning: before that nothing is known. */
  readonly hasRead: boolean;
  /** The newest decision since then; null if none has come. */
  readonly newest: Intent | null;
}

/** What is followed, and who is told. */
export interface TelemetryWatchRequest {
  /** Opens the telemetry; called again after each outage. */
  readonly openSource: () => Promise<EventSource>;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Called with everything that arrives. */
  readonly onEntry: (read: Intent | Rejection) => void;
  /** Called when what is known has changed. */
  readonly onChange: () => void;
}

/** Follows the telemetry from now on, like any other reader, for as long as it is asked to. */
export class TelemetryWatch {
  readonly #request: TelemetryWatchRequest;
  #after: EntryId | null = null;
  #sight: TelemetrySight = { outage: null, outageSinceMs: null, hasRead: false, newest: null };

  constructor(request: TelemetryWatchRequest) {
    this.#request = request;
  }

  /** What is known of the telemetry now. */
  get sight(): TelemetrySight {
    return this.#sight;
  }

  /** Follows until the signal; an unreachable source is opened again and again. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#request;
    while (!signal.aborted) {
      try {
        const source = await this.#request.openSource();
        await this.#follow(source).finally(() => source.close());
        this.#heard(new Error("It has ended, although new entries were expected."));
      } catch (thrown) {
        this.#heard(thrown);
      }
      await hostClock.sleep(RETRY_MS, signal);
    }
  }

  async #follow(source: EventSource): Promise<void> {
    const { signal, onEntry, onChange } = this.#request;
    this.#after ??= await this.#newest(source);
    this.#heard(null);
    const onOutage = (error: Error | null): void => {
      this.#heard(error);
    };
    for await (const items of source.follow(this.#after, { signal, onOutage, restMs: REST_MS })) {
      for (const item of items) onEntry(this.#take(item));
      this.#heard(null);
      if (items.length > 0) onChange();
    }
  }

  /** Where to begin: at the newest entry, which says what is served now. An event log would have to be read whole. */
  async #newest(source: EventSource): Promise<EntryId> {
    if (source.ordering === "by-id") {
      for await (const page of source.pages({ from: MIN_ID, to: MAX_ID }, "newest-first", 1)) {
        for (const item of page) this.#take(item);
      }
    }
    return this.#after ?? lastIdAt(this.#request.now() - 1);
  }

  #take(item: SourceItem): Intent | Rejection {
    const read = readItem(item);
    if (read.id !== null) this.#after = read.id;
    if (read.kind === "intent") this.#sight = { ...this.#sight, newest: read };
    return read;
  }

  #heard(error: unknown): void {
    const before = this.#sight;
    const outage = error === null ? null : asQscError(error).message;
    if (outage === before.outage && (outage !== null || before.hasRead)) return;
    this.#sight = {
      ...before,
      outage,
      outageSinceMs: outage === null ? null : (before.outageSinceMs ?? this.#request.now()),
      hasRead: before.hasRead || outage === null,
    };
    this.#request.onChange();
  }
}
