import {
  compareIds,
  idTime,
  type Canary,
  type CheckResult,
  type EntryId,
  type Intent,
  type ModelVerdict,
  type Policy,
  type Rejection,
} from "@qsc/contract";
import { readItem, type SourceItem } from "@qsc/stream-reader";
import {
  DuplicateFilter,
  judgeTelemetry,
  limitOf,
  ShardTally,
  type CompiledPolicy,
  type Judgement,
  type ShardContext,
} from "@qsc/violations";
import { asJudged } from "./served.js";
import type { KnownDecisions } from "../judge/known-decisions.js";
import { NewestCard, type Counted } from "./newest-card.js";

/** One judgement of the newest decisions. */
export interface WindowJudgement {
  readonly integrity: readonly CheckResult[];
  /** The models that are watched. */
  readonly models: readonly ModelVerdict[];
  /** Distinct decisions. */
  readonly events: number;
  /** The same models over all entries, and their number; null if no entry repeats a decision. */
  readonly repeated: Judgement["repeated"];
}

/** What became of an entry. */
export interface WindowUpdate {
  /** Whether it is newer than all before it of its shard. */
  readonly isNewest: boolean;
  /** Its decision, if this is the first entry with it; null for an entry that repeats a decision, or cannot be read. */
  readonly decision: Intent | null;
  /** The decision that it repeats; null for any other entry. */
  readonly repeated: Intent | null;
}

/** The newest entries of a watch, up to a limit, so that the cost of a judgement does not grow with the watch. */
export class WatchWindow {
  readonly #policy: CompiledPolicy;
  readonly #canary: Pick<Canary, "weights" | "models" | "served">;
  readonly #decisions = new DuplicateFilter();
  readonly #newest: NewestCard;
  /**
   * The beginning of the window: the cutover, or the newest decision that has left it. From then on decisions are
   * expected.
   */
  #sinceMs: number;
  #known: KnownDecisions | null = null;
  #cursor: EntryId | null = null;
  /** The newest entry of each shard; of one stream, that of shard 0 is the cursor. */
  readonly #newestOf = new Map<number, EntryId>();
  /** When the decisions of each shard came, in the whole run: the window may be too short to tell. */
  readonly #shards: ShardTally;
  #boot: string | null = null;

  /**
   * @param size of the window, in entries
   * @param cutoverMs start of the watched process, in milliseconds since 1970
   */
  constructor(
    size: number,
    policy: CompiledPolicy,
    canary: Pick<Canary, "weights" | "models" | "served">,
    cutoverMs: number,
  ) {
    this.#sinceMs = cutoverMs;
    const only = Object.keys(canary.models);
    // Hundreds of looks at few decisions would find a collapse by chance: the sequential tests are for that.
    this.#newest = new NewestCard(size, { ...policy.policy, byLabel: false, only, newest: false });
    this.#shards = new ShardTally(limitOf(policy.policy, "telemetry_silence.maxAge"));
    this.#policy = policy;
    this.#canary = canary;
  }

  /** When the decisions of each shard came, in this run. */
  get shards(): ShardTally {
    return this.#shards;
  }

  /** The newest entry so far. */
  get cursor(): EntryId | null {
    return this.#cursor;
  }

  /** The process that published last. */
  get boot(): string | null {
    return this.#boot;
  }

  get policy(): Policy {
    return this.#policy.policy;
  }

  /** From now on, an entry that repeats one of these decisions counts as repeated. */
  recall(known: KnownDecisions | null): void {
    this.#known = known;
  }

  /** Earlier entries are gone, or were not read back: decisions are expected from this time on. */
  beginsAt(ms: number): void {
    this.#sinceMs = Math.max(this.#sinceMs, ms);
  }

  /** Adds an entry. @param shard that it belongs to */
  add(item: SourceItem, shard = 0): WindowUpdate {
    const read = readItem(item);
    const counted = this.#count(read);
    const intent = counted.read.kind === "intent" ? counted.read : null;
    this.#leave(this.#newest.add(counted));
    if (read.kind === "intent") this.#boot = read.engine?.bootId ?? this.#boot;
    const isNewest = read.id !== null && isLater(read.id, this.#newestOf.get(shard) ?? null);
    if (read.id !== null && isNewest) this.#newestOf.set(shard, read.id);
    if (read.id !== null && isLater(read.id, this.#cursor)) this.#cursor = read.id;
    if (counted.kind === "new" && intent !== null) this.#shards.add(shard, idTime(intent.id));
    return counted.kind === "new"
      ? { isNewest, decision: intent, repeated: null }
      : { isNewest, decision: null, repeated: intent };
  }

  /**
   * Judges the newest entries as of now.
   * @param gaps what was lost while reading, one sentence each
   * @param shards what is known of the shards of the stream; null if it has none
   */
  look(nowMs: number, gaps: readonly string[], shards: readonly ShardContext[] | null = null): WindowJudgement {
    const { policy } = this.#policy;
    const card = this.#newest.card();
    const context = {
      asOfMs: nowMs,
      nowMs,
      sinceMs: this.#sinceMs,
      expectedModels: Object.keys(this.#canary.models),
      sourceClockOffsetMs: null,
      gaps,
      shards,
      minEvents: policy.minEvents.canary,
      expectedWeights: this.#canary.weights,
    };
    const { integrity, models, repeated } = judgeTelemetry(
      card,
      this.#policy,
      context,
      new Map(Object.entries(this.#canary.models)),
    );
    const builds = card.engine.builds.list().map(({ what }) => what);
    return {
      integrity: asJudged(integrity, { builds, models }, this.#canary.served),
      models: this.#watched(models),
      events: card.counts.judged,
      repeated: repeated === null ? null : { ...repeated, models: this.#watched(repeated.models) },
    };
  }

  #watched(models: readonly ModelVerdict[]): readonly ModelVerdict[] {
    return models.filter(({ model }) => Object.hasOwn(this.#canary.models, model));
  }

  #leave(gone: Counted | null): void {
    if (gone?.kind !== "new" || gone.read.kind !== "intent") return;
    this.#sinceMs = Math.max(this.#sinceMs, idTime(gone.read.id));
  }

  #count(read: Intent | Rejection): Counted {
    if (read.kind === "rejected") return { kind: "new", read };
    const occurrence = this.#decisions.see(read.decisionKey, read.contentKey);
    if (occurrence !== "new") return { kind: "repeated", read, agrees: occurrence === "duplicate" };
    const before = this.#known?.occurrence(read) ?? "new";
    return before === "new" ? { kind: "new", read } : { kind: "repeated", read, agrees: before === "duplicate" };
  }
}

function isLater(id: EntryId, than: EntryId | null): boolean {
  return than === null || compareIds(id, than) > 0;
}
