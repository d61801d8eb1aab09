import { asQscError, compareIds, QscError, type EngineIdentity, type EntryId } from "@qsc/contract";
import { decodeEntry, type EventSource, type SourceItem } from "@qsc/stream-reader";
import { requireSignatures } from "../telemetry/require-signatures.js";
import { unlessInterrupted } from "./interrupted.js";
import { markIn, type Mark } from "./mark.js";
import { NOTHING_SEEN, observe, type Expectation, type Observation, type ProofProgress } from "./proof-rule.js";
import { describeWeights } from "./weights.js";
import type { CanaryWorld } from "./world.js";

/** Between two attempts to read telemetry that is not there yet, or not for now, in milliseconds. */
const RETRY_MS = 500;
/** Where an entry has come just before the end of the settle time, it is read for so long at least, in milliseconds. */
const LEAST_READ_MS = 50;
/** Bounds of the settle time, in milliseconds. */
const SETTLE_MS = { least: 1000, most: 10_000 };
/** Decisions that a process that publishes at the known pace would have made by the end of the settle time. */
const SETTLE_GAPS = 2;

/** What a new process has to prove, and from where its decisions are read. */
export interface Wanted extends Omit<Expectation, "formerBoots"> {
  /** Processes that are known to have served before, beside those that the mark names. */
  readonly formerBoots: readonly (string | null)[];
  /** Where the telemetry ended before the restart; null: it could not be read, and is read from where it ends now. */
  readonly mark: Mark | null;
}

/** The decision that proves what an engine serves. */
export interface Proven {
  readonly engine: EngineIdentity;
  readonly id: EntryId;
}

/** What the telemetry of a new process proves. */
type Proof =
  | ({ readonly kind: "proven" } & Proven)
  | { readonly kind: "contradicted"; readonly detail: string; readonly engine: EngineIdentity | null }
  | { readonly kind: "unproven"; readonly detail: string };

/**
 * Waits for the first decision of a new process, watches the stream for the settle time, and asks the service manager
 * whether an earlier start has left processes. Only telemetry proves what an engine serves: a unit that is active may
 * have read nothing of its environment. Telemetry that cannot be read is tried again: an engine that never ran before
 * has yet to begin it.
 *
 * The settle time is how long the stream is watched for a contradiction after the first decision that fits: twice the
 * longest mean time between two decisions of one process before the restart, 1 s at least, and 10 s or a third of the
 * whole time at most; the most where no pace is known. A process that publishes at the pace of the engine, or faster,
 * is seen within it. A slower one outside the unit may not be: what it publishes later, the watch judges. All of it
 * ends within `timeoutMs`.
 */
async function proveServing(world: CanaryWorld, wanted: Wanted, timeoutMs: number, signal?: AbortSignal): Promise<Proof> {
  const deadline = new AbortController();
  const done = new AbortController();
  void world.clock.sleep(timeoutMs, done.signal).then(() => { deadline.abort(); });
  const end = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
  const reading = new Reading(world, wanted, timeoutMs);
  try {
    while (!end.aborted) {
      try {
        await using source = await openUntil(world, end);
        requireSignatures(source, world.setting.policy);
        const proof = await reading.read(source, end);
        if (proof !== null) return proof;
      } catch (thrown) {
        const error = asQscError(thrown);
        if (error.code === "interrupted") break;
        if (!error.code.startsWith("source_")) throw error;
        reading.lose(error.message);
      }
      await world.clock.sleep(RETRY_MS, end);
    }
  } finally {
    done.abort();
  }
  return { kind: "unproven", detail: `Since the restart there was ${reading.seen}` };
}

/** Reads the entries after a mark, over as many connections as it takes. */
class Reading {
  readonly #world: CanaryWorld;
  readonly #wanted: Wanted;
  readonly #timeoutMs: number;
  #mark: Mark | null;
  #cursor: EntryId | null = null;
  #progress: ProofProgress = NOTHING_SEEN;
  #outage: string | null = null;
  /** When the settle time began; null: it has not. */
  #settlingSinceMs: number | null = null;
  /** The newest entry when the settle time was over: what comes later, as it does without end, need not be read. */
  #target: { readonly id: EntryId | null } | null = null;

  constructor(world: CanaryWorld, wanted: Wanted, timeoutMs: number) {
    this.#world = world;
    this.#wanted = wanted;
    this.#timeoutMs = timeoutMs;
    this.#mark = wanted.mark;
  }

  get seen(): string {
    if (this.#outage !== null) return this.#outage;
    const progress = this.#progress;
    if (progress.kind === "waiting") return progress.seen;
    return "too little time to see whether another process publishes too; allow more with --proof-timeout";
  }

  /** The telemetry cannot be read: what was published meanwhile was not watched as it came. */
  lose(detail: string): void {
    this.#outage = detail;
    this.#settlingSinceMs = null;
  }

  /** Reads until there is a proof; null where the signal came first. */
  async read(source: EventSource, end: AbortSignal): Promise<Proof | null> {
    this.#mark ??= await unlessInterrupted(markIn(source), end);
    while (!end.aborted) {
      const stop = new AbortController();
      const done = new AbortController();
      const settlingSinceMs = this.#settlingSinceMs;
      const leftMs = this.#leftMs();
      if (leftMs !== null) void this.#world.clock.sleep(Math.max(leftMs, LEAST_READ_MS), done.signal).then(() => { stop.abort(); });
      try {
        const proof = await this.#follow(source, AbortSignal.any([end, stop.signal]));
        if (proof !== null) return proof;
      } finally {
        done.abort();
      }
      const left = this.#leftMs();
      if (left !== null && left <= 0) {
        this.#target ??= await unlessInterrupted(newestOf(source), end);
        if (this.#hasReachedTarget()) return this.#settled(end);
      } else {
        this.#target = null;
      }
      // A source that ends by itself gives nothing new at once.
      const hasBegun = this.#settlingSinceMs !== settlingSinceMs;
      if (!stop.signal.aborted && !hasBegun) await this.#world.clock.sleep(Math.min(RETRY_MS, Math.max(left ?? RETRY_MS, LEAST_READ_MS)), end);
    }
    return null;
  }

  /** Reads on until a contradiction, the beginning of the settle time, or the signal. */
  async #follow(source: EventSource, signal: AbortSignal): Promise<Proof | null> {
    const onOutage = (error: Error | null): void => {
      if (error === null) this.#outage = null;
      else this.lose(error.message);
    };
    const after = this.#cursor ?? this.#mark?.after;
    if (after === undefined) return null;
    for await (const page of source.follow(after, { signal, onOutage })) {
      this.#outage = null;
      for (const item of page) {
        if (item.id !== null) this.#cursor = item.id;
        if (this.#take(item).kind === "contradicted") return this.#progress as Proof & { kind: "contradicted" };
      }
      if (this.#progress.kind !== "serving" || this.#settlingSinceMs !== null) continue;
      this.#settlingSinceMs = this.#world.clock.monotonic();
      return null;
    }
    return null;
  }

  #take(item: SourceItem): ProofProgress {
    const observation = observed(item);
    const { formerBoots, ...wanted } = this.#wanted;
    const former = new Set([...formerBoots.flatMap((boot) => boot ?? []), ...(this.#wanted.mark?.boots ?? [])]);
    this.#progress = observe(this.#progress, observation, { ...wanted, formerBoots: former });
    // Who wrote it cannot be told: from here on the stream is watched again.
    if (observation.kind === "unknown") this.#settlingSinceMs = null;
    return this.#progress;
  }

  /** What is left of the settle time, in milliseconds; null where it has not begun. */
  #leftMs(): number | null {
    if (this.#progress.kind === "serving") this.#settlingSinceMs ??= this.#world.clock.monotonic();
    if (this.#settlingSinceMs === null) return null;
    return this.#settlingSinceMs + settleMs(this.#mark?.gapMs ?? null, this.#timeoutMs) - this.#world.clock.monotonic();
  }

  #hasReachedTarget(): boolean {
    if (this.#target === null) return false;
    const { id } = this.#target;
    return id === null || (this.#cursor !== null && compareIds(id, this.#cursor) <= 0);
  }

  async #settled(end: AbortSignal): Promise<Proof | null> {
    const { services, unit } = this.#world;
    if (this.#progress.kind !== "serving") return null;
    const { engine, id } = this.#progress;
    const left = await unlessInterrupted(services.leftovers(unit), end);
    if (left.length === 0) return { kind: "proven", engine, id };
    return { kind: "contradicted", engine: null, detail: `Of an earlier start of ${unit} process ${left.join(", ")} still runs; end it, and let the unit have KillMode=control-group` };
  }
}

/** A server that hangs says nothing either: only its answer shows that nothing was left to read. */
async function newestOf(source: EventSource): Promise<{ readonly id: EntryId | null }> {
  const { lastId } = await source.state();
  return { id: lastId };
}

/** How long the stream is watched for a contradiction, in milliseconds. @param gapMs between two decisions of one process; null: unknown */
export function settleMs(gapMs: number | null, timeoutMs: number): number {
  const most = Math.min(SETTLE_MS.most, timeoutMs / 3);
  return Math.ceil(gapMs === null ? most : Math.min(most, Math.max(SETTLE_MS.least, SETTLE_GAPS * gapMs)));
}

function observed(item: SourceItem): Observation {
  const read = item.kind === "rejected" ? item : decodeEntry(item);
  if (read.kind === "rejected") return { kind: "unknown", what: `an entry that cannot be read (${read.reason})` };
  if (read.engine === null) return { kind: "unknown", what: "decisions of contract version 1, which do not say what weights they were made with" };
  return { kind: "decision", id: read.id, engine: read.engine, models: read.models };
}

/** Opens the telemetry, unless the signal comes first: then it rejects, and what opens later is closed. */
async function openUntil({ openSource }: CanaryWorld, end: AbortSignal): Promise<EventSource> {
  const opening = openSource();
  try {
    return await unlessInterrupted(opening, end);
  } catch (thrown) {
    void opening.then((late) => late.close()).catch(() => undefined);
    throw thrown;
  }
}

/** The engine, or another process, says that something else is served. */
export class NotServed extends QscError {
  /** What the new process says of itself, where it is that which does not fit; null where others contradict it. */
  readonly engine: EngineIdentity | null;

  constructor(detail: string, engine: EngineIdentity | null) {
    super("served_otherwise", detail);
    this.engine = engine;
  }
}

/** @throws QscError `canary_not_proven`; NotServed (`served_otherwise`) where a decision contradicts */
export async function prove(world: CanaryWorld, wanted: Wanted, proofMs: number, signal?: AbortSignal): Promise<{ readonly said: string; readonly found: Proven }> {
  const proof = await proveServing(world, wanted, proofMs, signal);
  if (proof.kind !== "proven" && signal?.aborted === true) throw new QscError("interrupted", "Interrupted before the new process had proven what it serves.");
  if (proof.kind === "contradicted") throw new NotServed(`${proof.detail}.`, proof.engine);
  if (proof.kind === "unproven") throw new QscError("canary_not_proven", `${proof.detail}.`);
  const { engine, id } = proof;
  return { said: `process ${engine.bootId} serves ${describeWeights(Object.fromEntries(engine.weights))} (entry ${id})`, found: { engine, id } };
}
