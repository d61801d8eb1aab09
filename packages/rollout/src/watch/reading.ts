import {
  compareIds,
  idTime,
  iso,
  parseEntryId,
  QscError,
  type EntryId,
  type EvidenceFinding,
  type ModelReading,
  type ModelSegments,
  type WatchEvidence,
  type WatchPower,
  type WatchProgress,
  type WatchRule,
} from "@qsc/contract";
import type { SourceItem } from "@qsc/stream-reader";
import { powerOfWatch, seenInTime, type CompiledPolicy, type EntryMonitor } from "@qsc/violations";
import type { OperationContext } from "../operation/context.js";
import { TelemetryFeed } from "./telemetry-feed.js";
import { evidenceOf, evidenceState, strongestOf, strongestOfEach, testsOf } from "./kept-evidence.js";
import { marginsOf, nearestOfEach, worstMargins } from "./margins.js";
import type { WatchEvent } from "./events.js";
import type { Judgeable } from "../canary/state.js";
import { TICK_MS } from "./reducer.js";
import { unprovenOf, violationsOf, type WatchEnds } from "./violations.js";
import { WatchedShards } from "./watched-shards.js";
import { WatchWindow, type WindowJudgement } from "./window.js";

type Read = Extract<WatchEvent, { readonly kind: "read" }>;
type Judged = Extract<WatchEvent, { readonly kind: "judged" }>;

/** The request for a reading. */
export interface ReadingRequest {
  /** The number of newest entries that are judged. */
  readonly window: number;
  readonly rule: WatchRule;
  /** How long the watch lasts; null: as its state says. */
  readonly durationMs: number | null;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Entries from this one on are left out, and all is judged as of then. Missing or null: there is no end. */
  readonly until?: EntryId | null;
}

/** The telemetry of a watch: what was read of it, and what it says about the canary. */
export class Reading {
  readonly #context: OperationContext;
  readonly #watched: Judgeable;
  readonly #evidence: EntryMonitor;
  readonly #rule: WatchRule;
  readonly #until: EntryId | null;
  /** Where this reading began: a time, and the observations until then. */
  readonly #before: { readonly ms: number; readonly n: number };
  /** What the watch can see of each model. */
  readonly power: readonly WatchPower[];
  readonly #window: WatchWindow;
  readonly #entries: TelemetryFeed;
  readonly #shards: WatchedShards;
  readonly #warnings = new Set<string>();
  /** The most entries between two judgements: one less than the window holds, so that any two neighbours are in one. */
  readonly #most: number;
  /** Entries since the last judgement. */
  #unjudged = 0;
  #gaps: readonly string[] = [];
  #look: WindowJudgement | null = null;

  constructor(context: OperationContext, watched: Judgeable, policy: CompiledPolicy, request: ReadingRequest) {
    this.#context = context;
    this.#watched = watched;
    const { canary, evidence, watch } = watched;
    const { cutover, cursor, mark = null } = watch;
    this.power = powerOfWatch(testsOf(policy.policy, canary.models), request.durationMs ?? watch.durationMs);
    this.#rule = request.rule;
    this.#until = request.until ?? null;
    this.#evidence = evidenceOf(policy.policy, canary, evidence);
    this.#before = {
      ms: cursor === null ? Date.parse(cutover) : idTime(entryIdOf(cursor)),
      n: this.#evidence.observations,
    };
    this.#most = Math.max(1, request.window - 1);
    this.#window = new WatchWindow(request.window, policy, canary, Date.parse(cutover));
    const known = cursor === null ? null : entryIdOf(cursor);
    this.#shards = new WatchedShards(Date.parse(cutover), known, mark);
    this.#entries = new TelemetryFeed(context, cutover, request.signal, known, { mark, window: request.window });
  }

  /** The last judgement; null before the first. */
  get look(): WindowJudgement | null {
    return this.#look;
  }

  /** The process that published last. */
  get boot(): string | null {
    return this.#window.boot;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  get findings(): readonly EvidenceFinding[] {
    return this.#evidence.findings();
  }

  /** Each watched model's answers symbol by symbol. */
  get segments(): ReadonlyMap<string, ModelSegments> {
    return this.#evidence.segments();
  }

  get strongest(): EvidenceFinding | null {
    return strongestOf(this.#evidence);
  }

  /** The evidence so far, for the state file. */
  get kept(): WatchEvidence {
    return evidenceState(this.#evidence);
  }

  /** Processes new entries as soon as there are any, or returns after a tick. Never rejects. */
  async next({
    cursor,
    events,
  }: Pick<WatchProgress, "cursor" | "events">): Promise<Omit<Read, "kind" | "now" | "leaseRuns">> {
    const entries = this.#entries;
    const arrived = await entries.next(TICK_MS);
    // A hanging read has no error, but proves no more than a failed one.
    const isRead = entries.caughtUp || arrived.length > 0;
    this.#gaps = entries.gaps;
    this.#shards.see(entries.shards);
    this.#window.recall(entries.earlier);
    this.#noteRefill();
    // A watch that has counted nothing yet begins with the entry at its cursor.
    const known = cursor === null || events === 0 ? null : entryIdOf(cursor);
    let counted = 0;
    let violations: readonly string[] = [];
    for (const item of arrived) {
      if (this.#until !== null && item.id !== null && compareIds(item.id, this.#until) >= 0) continue;
      // Before anything leaves the window that no judgement has seen: there may be more to catch up with than it holds.
      if (this.#unjudged >= this.#most && violations.length === 0) violations = this.#judgeInPassing();
      if (this.#take(item, known)) counted += 1;
    }
    return {
      violations,
      cursor: this.#window.cursor,
      counted,
      mark: entries.mark,
      hasNews: arrived.length > 0,
      caughtUp: entries.caughtUp,
      outage: entries.outage?.message ?? (isRead ? null : "the existing entries have not all been read"),
    };
  }

  /** Judges the newest decisions as of now. */
  judge(worst: WatchProgress["worst"]): Judged {
    const nowMs = this.#until === null ? this.#context.clock.now() : idTime(this.#until);
    const { look, violations } = this.#judgeAsOf(nowMs);
    const minEvents = this.#context.judgement.policy.minEvents.canary;
    const watched = Object.keys(this.#watched.canary.models);
    this.#look = look;
    const margins = marginsOf(look, minEvents, nowMs);
    return {
      kind: "judged",
      at: iso(nowMs),
      violations: [...this.#evidence.proven(), ...violations],
      unproven: unprovenOf(look, watched, minEvents),
      worst: worstMargins(worst, margins),
      seen: { margins: nearestOfEach(margins), evidence: strongestOfEach(this.#evidence.findings()) },
    };
  }

  /** Judges the window as it was when its newest entry came. @returns the violations */
  #judgeInPassing(): readonly string[] {
    const { cursor } = this.#window;
    return cursor === null ? [] : this.#judgeAsOf(idTime(cursor)).violations;
  }

  #judgeAsOf(nowMs: number): { readonly look: WindowJudgement; readonly violations: readonly string[] } {
    this.#unjudged = 0;
    const minEvents = this.#context.judgement.policy.minEvents.canary;
    const watched = Object.keys(this.#watched.canary.models);
    const look = this.#window.look(nowMs, this.#gaps, this.#shards.context(this.#window.shards));
    return { look, violations: violationsOf(look, watched, minEvents, this.#endsAt(nowMs)) };
  }

  /** What ends the watch now: what the evidence would see in time at the rate of the stream so far. */
  #endsAt(nowMs: number): WatchEnds {
    const { ms, n } = this.#before;
    const intervalMs = Math.max(0, nowMs - ms) / Math.max(1, this.#evidence.observations - n);
    return { rule: this.#rule, seen: new Map(this.power.map((one) => [one.model, seenInTime(one, intervalMs)])) };
  }

  close(): Promise<void> {
    return this.#entries.close();
  }

  /** Answers whether the entry counts: entries that an earlier run has counted are read again only for the window. */
  #take(item: SourceItem, known: EntryId | null): boolean {
    this.#unjudged += 1;
    const { isNewest, decision, repeated } = this.#window.add(item, this.#shards.of(item.id));
    if (!isNewest || item.id === null || this.#shards.isKnown(item.id, known)) return false;
    const { symbol } = decision ?? repeated ?? { symbol: null };
    const occasion = { ms: idTime(item.id), symbol };
    if (decision !== null) this.#evidence.take(this.#ofWatched(decision.models), occasion);
    if (repeated !== null) this.#evidence.takeRepeated(this.#ofWatched(repeated.models), occasion);
    return true;
  }

  #ofWatched(models: readonly ModelReading[]): readonly ModelReading[] {
    return models.filter(({ model }) => Object.hasOwn(this.#watched.canary.models, model));
  }

  /** If the window could not be refilled, it begins where it could, and says so. */
  #noteRefill(): void {
    const { refill } = this.#entries;
    if (refill === null) return;
    if (refill.sinceMs !== null) this.#window.beginsAt(refill.sinceMs);
    if (refill.warning !== null) this.#warnings.add(refill.warning);
  }
}

/** A cursor from the state file, whose schema has checked it. */
function entryIdOf(text: string): EntryId {
  const id = parseEntryId(text);
  if (id === null) throw new QscError("internal", `'${text}' is not an entry ID.`);
  return id;
}
