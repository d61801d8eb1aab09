import { compareIds, describeDuration, idTime, MIN_ID, QscError, type EntryId, type Policy } from "@qsc/contract";
import type { EventSource, SourceItem } from "@qsc/stream-reader";
import { limitOf } from "@qsc/violations";
import { sourceRule, waitOptions, windowRequest } from "./requests.js";
import { Collection } from "./collect.js";
import { readEarlier } from "./earlier.js";
import type { KnownDecisions } from "./known-decisions.js";
import { fixWindow, type WindowRequest } from "./window.js";

/** The progress of a wait. */
export interface WaitProgress {
  readonly have: number;
  readonly need: number;
  /** Predictions per minute, over the whole window; null with fewer than two. */
  readonly perMinute: number | null;
  /** When there will be enough at that rate, in milliseconds since 1970; null while that is unknown. */
  readonly etaMs: number | null;
  /** Why the source cannot be read at the moment; null while it can. */
  readonly outage: string | null;
  /** The models seen so far. */
  readonly models: readonly string[];
}

/** What is waited for. */
export interface WaitOptions {
  readonly policy: Policy;
  /** The model that must have enough predictions; null: any one model. */
  readonly model: string | null;
  /** Whether its answers as a shadow count. Default: false. */
  readonly shadow?: boolean;
  readonly need: number;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Ends the wait with an `interrupted` error. */
  readonly signal: AbortSignal;
  /** Called when more predictions have come. */
  readonly onProgress: (progress: WaitProgress) => void;
}

/** The wait ends if the source cannot be read for this long. */
const LONGEST_OUTAGE_MS = 90_000;

/**
 * Waits until a model has enough predictions in the window. Also returns if nothing but repetitions arrived for the
 * policy's maxAge: then the telemetry is silent, and the judgement says so.
 * @throws QscError `interrupted`, or the error of a source that stays unreadable
 */
export async function waitForEvents(
  source: EventSource,
  request: WindowRequest,
  options: WaitOptions,
): Promise<"enough" | "silent"> {
  sourceRule(source, "source");
  windowRequest(request, "request");
  waitOptions(options, "options");
  const window = await fixWindow(source, { ...request, asOf: null }, options);
  const earlier = await readEarlier(source, window.range.from, window.before?.to ?? null);
  const progress = new Progress(options, earlier?.known ?? null);
  let cursor: EntryId = window.before?.to ?? MIN_ID;
  for await (const page of source.pages(window.range)) {
    for (const item of page) cursor = progress.add(item, cursor);
    options.signal.throwIfAborted();
  }
  progress.report();
  return progress.enough ? "enough" : follow(source, cursor, progress, options);
}

async function follow(
  source: EventSource,
  after: EntryId,
  progress: Progress,
  options: WaitOptions,
): Promise<"enough" | "silent"> {
  const { policy, signal } = options;
  const silence = limitOf(policy, "telemetry_silence.maxAge");
  const quiet = new Deadline(silence);
  const outage = new Deadline(LONGEST_OUTAGE_MS);
  let unreadable: Error | null = null;
  const onOutage = (error: Error | null): void => {
    unreadable = error;
    if (error === null) outage.disarm();
    else outage.armOnce();
    progress.report(error);
  };
  let cursor = after;
  const ends = AbortSignal.any([signal, quiet.signal, outage.signal]);
  quiet.arm();
  try {
    for await (const page of source.follow(after, { signal: ends, onOutage })) {
      const { heard } = progress;
      for (const item of page) cursor = progress.add(item, cursor);
      if (progress.heard > heard) quiet.arm();
      progress.report();
      if (progress.enough) return "enough";
    }
  } finally {
    quiet.disarm();
    outage.disarm();
  }
  if (signal.aborted) {
    throw new QscError("interrupted", "Interrupted before there were enough events: nothing is proven.");
  }
  if (outage.signal.aborted) {
    throw new QscError(
      "source_unreachable",
      `${source.label} could not be read for ${describeDuration(LONGEST_OUTAGE_MS)}; check that it runs, and retry.`,
      { cause: unreadable },
    );
  }
  return "silent";
}

class Progress {
  readonly #collection: Collection;
  readonly #options: WaitOptions;
  #firstMs: number | null = null;
  #lastMs: number | null = null;

  constructor(options: WaitOptions, known: KnownDecisions | null) {
    this.#options = options;
    this.#collection = new Collection(
      {
        policy: options.policy,
        features: null,
        byLabel: false,
        recent: false,
        shadow: options.shadow === true ? options.model : null,
      },
      "by-id",
    );
    this.#collection.recall(known);
  }

  get have(): number {
    const { models } = this.#collection.card;
    const { model } = this.#options;
    const counts = [...models].filter(([name]) => model === null || name === model);
    return Math.max(0, ...counts.map(([, card]) => card.predictions));
  }

  /** Entries so far, without repeated decisions: a repetition does not end silence. */
  get heard(): number {
    const { judged, rejected } = this.#collection.card.counts;
    return judged + rejected;
  }

  get enough(): boolean {
    return this.have >= this.#options.need;
  }

  /** Counts an item; answers the largest ID so far. */
  add(item: SourceItem, cursor: EntryId): EntryId {
    this.#collection.add(this.#collection.read(item));
    if (item.id === null) return cursor;
    const ms = idTime(item.id);
    this.#firstMs = Math.min(this.#firstMs ?? ms, ms);
    this.#lastMs = Math.max(this.#lastMs ?? ms, ms);
    return compareIds(item.id, cursor) > 0 ? item.id : cursor;
  }

  report(outage: Error | null = null): void {
    const { need, now, onProgress } = this.#options;
    const { have } = this;
    const span = (this.#lastMs ?? 0) - (this.#firstMs ?? 0);
    const perMinute = have < 2 || span <= 0 ? null : ((have - 1) / span) * 60_000;
    const missing = Math.max(0, need - have);
    const etaMs = perMinute === null ? null : now() + (missing / perMinute) * 60_000;
    onProgress({
      have,
      need,
      perMinute,
      etaMs,
      outage: outage?.message ?? null,
      models: this.#collection.card.modelNames(),
    });
  }
}

/** A timer that aborts a signal, and can be restarted. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #ms: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(ms: number) {
    this.#ms = ms;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  arm(): void {
    this.disarm();
    this.armOnce();
  }

  /** Arms it unless it is already running. */
  armOnce(): void {
    this.#timer ??= setTimeout(() => {
      this.#controller.abort();
    }, this.#ms);
  }

  disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
