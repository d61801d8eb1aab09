import { compareIds, type EngineIdentity, type EntryId, type ShardsMark } from "@qsc/contract";
import { readItem, type EventSource, type SourceItem } from "@qsc/stream-reader";
import type { OperationContext } from "./context.js";
import { unlessInterrupted } from "../host/interrupted.js";
import { markIn, type Mark } from "./mark.js";
import {
  notShown,
  NOTHING_SEEN,
  observe,
  type Expectation,
  type Observation,
  type ProofProgress,
} from "./proof-rule.js";

/** Milliseconds between two attempts to read telemetry that is not there, or cannot be read at the moment. */
export const RETRY_MS = 500;
/** Milliseconds of reading that remain, at least, for an entry that arrives just before the end of the settle time. */
const LEAST_READ_MS = 50;
/** Bounds of the settle time, in milliseconds. */
const SETTLE_MS = { least: 1000, most: 10_000 };
/** The number of decisions that a process at the known pace would publish within the settle time. */
const SETTLE_GAPS = 2;

/** What a new process has to prove, and from where its decisions are read. */
export interface Wanted extends Omit<Expectation, "formerBoots"> {
  /** Processes that are known to have served before, in addition to those of the mark. */
  readonly formerBoots: readonly (string | null)[];
  /**
   * Where the telemetry ended before the restart; null: it could not be read, so reading starts where it ends later.
   */
  readonly mark: Mark | null;
}

/** The decision that proves what an engine serves. */
export interface Proven {
  readonly engine: EngineIdentity;
  readonly id: EntryId;
}

/** What the telemetry of a new process proves. */
export type Proof =
  | ({ readonly kind: "proven" } & Proven)
  | { readonly kind: "contradicted"; readonly detail: string; readonly engine: EngineIdentity | null }
  | { readonly kind: "unproven"; readonly detail: string };

/** Reads the entries after a mark, reconnecting as often as necessary. */
export class ProofReading {
  readonly #context: OperationContext;
  readonly #wanted: Wanted;
  readonly #timeoutMs: number;
  #mark: Mark | null;
  #cursor: EntryId | null = null;
  /** How far each shard was read; null before the first page, and for one stream. */
  #shards: ShardsMark | null = null;
  #progress: ProofProgress = NOTHING_SEEN;
  #outage: string | null = null;
  /** When the settle time began; null: not yet. */
  #settlingSinceMs: number | null = null;
  /** The newest entry at the end of the settle time. Later entries, which never stop coming, need not be read. */
  #target: { readonly id: EntryId | null } | null = null;
  /** Whether all that was there after that has been read: of shards, one ID cannot tell. */
  #isCaughtUp = false;

  constructor(context: OperationContext, wanted: Wanted, timeoutMs: number) {
    this.#context = context;
    this.#wanted = wanted;
    this.#timeoutMs = timeoutMs;
    this.#mark = wanted.mark;
  }

  get seen(): string {
    if (this.#outage !== null) return this.#outage;
    const progress = this.#progress;
    if (progress.kind === "waiting") return progress.seen;
    if (progress.kind === "contradicted") return progress.detail;
    const [missing] = notShown(progress, this.#wanted);
    if (missing !== undefined)
      return `no decision in which ${missing}: it did not predict. See the engine's journal for the reason; if it only needs time, allow more with --proof-timeout`;
    return "not enough time to see whether another process publishes too; allow more with --proof-timeout";
  }

  /** Whether the new process has shown what is to be proven: from then on, nothing may contradict it. */
  get #isShown(): boolean {
    return this.#progress.kind === "serving" && notShown(this.#progress, this.#wanted).length === 0;
  }

  /** The telemetry cannot be read, so what is published meanwhile was not watched as it came. */
  lose(detail: string): void {
    // It becomes a part of a sentence.
    this.#outage = detail.replace(/\.$/, "");
    this.#settlingSinceMs = null;
  }

  /** Reads until there is a proof; null if the signal is aborted first. */
  async read(source: EventSource, end: AbortSignal): Promise<Proof | null> {
    this.#mark ??= await unlessInterrupted(markIn(source), end);
    while (!end.aborted) {
      const stop = new AbortController();
      const done = new AbortController();
      const settlingSinceMs = this.#settlingSinceMs;
      const leftMs = this.#leftMs();
      if (leftMs !== null)
        void this.#context.clock.sleep(Math.max(leftMs, LEAST_READ_MS), done.signal).then(() => {
          stop.abort();
        });
      try {
        const proof = await this.#follow(source, AbortSignal.any([end, stop.signal]));
        if (proof !== null) return proof;
      } finally {
        done.abort();
      }
      const left = this.#leftMs();
      if (left !== null && left <= 0) {
        this.#target ??= await unlessInterrupted(newestOf(source), end);
        if (this.#hasReachedTarget(source)) return this.#settled(end);
      } else {
        this.#target = null;
        this.#isCaughtUp = false;
      }
      // A source that ends by itself has nothing new right away.
      const hasBegun = this.#settlingSinceMs !== settlingSinceMs;
      if (!stop.signal.aborted && !hasBegun)
        await this.#context.clock.sleep(Math.min(RETRY_MS, Math.max(left ?? RETRY_MS, LEAST_READ_MS)), end);
    }
    return null;
  }

  /** Reads until a contradiction, the beginning of the settle time, or the signal. */
  async #follow(source: EventSource, signal: AbortSignal): Promise<Proof | null> {
    const onOutage = (error: Error | null): void => {
      if (error === null) this.#outage = null;
      else this.lose(error.message);
    };
    const after = this.#cursor ?? this.#mark?.after;
    if (after === undefined) return null;
    const begin = this.#shards ?? this.#mark?.shards ?? null;
    const isForTarget = this.#target !== null;
    const onCaughtUp = (): void => {
      this.#isCaughtUp ||= isForTarget;
    };
    const options = { signal, onOutage, onCaughtUp, ...(begin !== null && { mark: begin }) };
    for await (const page of source.follow(after, options)) {
      this.#outage = null;
      const mark = source.mark?.() ?? null;
      if (mark?.kind === "shards") this.#shards = mark;
      for (const item of page) {
        if (item.id !== null) this.#cursor = item.id;
        if (this.#take(item).kind === "contradicted") return this.#progress as Proof & { kind: "contradicted" };
      }
      if (!this.#isShown || this.#settlingSinceMs !== null) continue;
      this.#settlingSinceMs = this.#context.clock.monotonic();
      return null;
    }
    return null;
  }

  #take(item: SourceItem): ProofProgress {
    const observation = observed(item);
    const { formerBoots, ...wanted } = this.#wanted;
    const former = new Set([...formerBoots.flatMap((boot) => boot ?? []), ...(this.#wanted.mark?.boots ?? [])]);
    this.#progress = observe(this.#progress, observation, { ...wanted, formerBoots: former });
    // It is unknown who wrote it, so the settle time starts again.
    if (observation.kind === "unknown") this.#settlingSinceMs = null;
    return this.#progress;
  }

  /** The rest of the settle time, in milliseconds; null if it has not begun. */
  #leftMs(): number | null {
    if (this.#isShown) this.#settlingSinceMs ??= this.#context.clock.monotonic();
    if (this.#settlingSinceMs === null) return null;
    return (
      this.#settlingSinceMs + settleMs(this.#mark?.gapMs ?? null, this.#timeoutMs) - this.#context.clock.monotonic()
    );
  }

  #hasReachedTarget(source: EventSource): boolean {
    if (this.#target === null || (source.shards !== undefined && !this.#isCaughtUp)) return false;
    const { id } = this.#target;
    return id === null || (this.#cursor !== null && compareIds(id, this.#cursor) <= 0);
  }

  async #settled(end: AbortSignal): Promise<Proof | null> {
    const { services, unit } = this.#context;
    if (this.#progress.kind !== "serving") return null;
    const { engine, id } = this.#progress;
    const left = await unlessInterrupted(services.leftovers(unit), end);
    if (left.length === 0) return { kind: "proven", engine, id };
    return {
      kind: "contradicted",
      engine: null,
      detail: `Process ${left.join(", ")} of an earlier start of ${unit} is still running; end it, and set KillMode=control-group in the unit`,
    };
  }
}

/** A hanging server is silent, too: only its answer shows that nothing was left to read. */
async function newestOf(source: EventSource): Promise<{ readonly id: EntryId | null }> {
  const { lastId } = await source.state();
  return { id: lastId };
}

/**
 * How long the stream is watched for a contradiction, in milliseconds.
 * @param gapMs between two decisions of one process; null: unknown
 */
export function settleMs(gapMs: number | null, timeoutMs: number): number {
  const most = Math.min(SETTLE_MS.most, timeoutMs / 3);
  return Math.ceil(gapMs === null ? most : Math.min(most, Math.max(SETTLE_MS.least, SETTLE_GAPS * gapMs)));
}

function observed(item: SourceItem): Observation {
  const read = readItem(item);
  if (read.kind === "rejected") return { kind: "unknown", what: `an entry that cannot be read (${read.reason})` };
  if (read.engine === null)
    return {
      kind: "unknown",
      what: "decisions of contract version 1, which do not say with which weights they were made",
    };
  return { kind: "decision", id: read.id, engine: read.engine, models: read.models };
}
