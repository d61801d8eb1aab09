import type { UnloggedEntry } from "./audit.js";
import type { ModelBaseline } from "./verdict.js";

/** The votes of an ensemble: one weight per model, summing to 1. */
export type WeightsByModel = Readonly<Record<string, number>>;

/** The phase that a canary is in. */
export const CANARY_PHASES = ["baseline", "activating", "canary", "eligible", "rolling_back", "promoted"] as const;
/** Where a model is in its life as a canary. */
export type CanaryPhase = (typeof CANARY_PHASES)[number];

/** The vote shares that a canary goes through, in order. */
export const CANARY_SHARES = [0.1, 0.5, 1] as const;
/** A vote share that a canary can have. */
export type CanaryShare = (typeof CANARY_SHARES)[number];

/** What the gate judged: the engine's build, and the SHA-256 of each model file that was named. */
export interface ServedIdentity {
  readonly build: string;
  readonly artifacts: Readonly<Record<string, string>>;
}

/** One model on its way to the full vote. */
export interface Canary {
  readonly model: string;
  readonly share: CanaryShare;
  /** The weights to activate. */
  readonly weights: WeightsByModel;
  /** The weights to restore on rollback: those the engine reported before. */
  readonly baseline: WeightsByModel;
  /** How each model behaved when it passed the gate. The watch covers these models. */
  readonly models: Readonly<Record<string, ModelBaseline>>;
  /** Boot ID of the process that served before; null when the telemetry named none. */
  readonly formerBoot: string | null;
  /** Hash of the policy that the gate and the watch use. */
  readonly policyHash: string;
  /**
   * What must be served from the proof until promotion. States written by earlier versions lack it: such a canary
   * can be watched and rolled back, but not promoted.
   */
  readonly served?: ServedIdentity;
  /** The ID of the command that activated it; all its shares have the same. Earlier versions did not write it. */
  readonly activation?: string;
}

/** The closest that a check came to its limit during a watch. */
export interface WorstMargin {
  readonly model: string | null;
  readonly check: string;
  readonly value: number;
  readonly limit: number;
  /** Distance to the limit as a share of the limit: 0 at the limit, negative beyond it. */
  readonly margin: number;
  readonly at: string;
}

/** An instant, by the clocks of one boot of the host. The wall clock is left out because it can be set. */
export interface WatchStamp {
  /** The boot of the host. */
  readonly boot: string;
  /** Milliseconds on the monotonic clock, which stops while the host sleeps. All processes of a boot share it. */
  readonly monotonicMs: number;
  /** Milliseconds since boot, including time asleep. */
  readonly uptimeMs: number;
}

/**
 * The state of the watch's source when it returned the entry at the cursor. A source that has fallen behind this
 * mark in any way is a different source or has lost entries.
 */
export type SourceMark = StreamMark | LogMark | ShardsMark | JetStreamMark;

/** The mark of a Redis Stream. */
export interface StreamMark {
  readonly kind: "stream";
  /** The last entry returned. */
  readonly id: string;
  /** How many entries had been added to the stream up to that one; null when the server keeps no count. */
  readonly added: number | null;
  /** The first entry in the stream; null when it was empty. */
  readonly firstId: string | null;
  /** The last ID that the stream generated. */
  readonly endId: string;
  /** The greatest ID ever deleted individually; null when the server does not report it. */
  readonly deletedId: string | null;
}

/** The mark of an event log. */
export interface LogMark {
  readonly kind: "log";
  /** The last entry returned. */
  readonly id: string;
  /** The file that contains it. */
  readonly device: number;
  readonly inode: number;
  /** How many bytes of the file had been read. */
  readonly bytes: number;
  /** The last of those bytes: how many to compare, and their SHA-256 in hex. */
  readonly tail: { readonly bytes: number; readonly sha256: string };
}

/** The mark of a source that merges several streams: how far each of them was read. */
export interface ShardsMark {
  readonly kind: "shards";
  /** The newest entry returned, of all shards. */
  readonly id: string;
  /** Each shard, in the order in which they are merged. */
  readonly shards: readonly ShardMark[];
}

/** How far one shard was read. */
export interface ShardMark {
  /** Its key. */
  readonly stream: string;
  /** Everything up to this ID of its own was returned. */
  readonly id: string;
  /** Its state then; null when nothing of it had been returned. */
  readonly mark: StreamMark | null;
}

/** The mark of a stream of NATS JetStream. */
export interface JetStreamMark {
  readonly kind: "jetstream";
  /** The last entry returned. */
  readonly id: string;
  /** When the stream was created, as its server says it: another one of the same name has another time. */
  readonly created: string;
  /** The sequence number of the message with that entry. */
  readonly sequence: number;
}

/** How far a watch has come. Written after every judgement, so that a restart loses nothing. */
export interface WatchProgress {
  /** Start of the watched process: only what it published counts. ISO 8601 UTC. */
  readonly cutover: string;
  readonly startedAt: string;
  /**
   * The newest judged entry; before the first judgement, the decision that proved what is served. Null in states that
   * earlier versions wrote before the first judgement.
   */
  readonly cursor: string | null;
  /**
   * The state of the source at the cursor. States written by earlier versions lack it: the watch then looks for the
   * cursor alone.
   */
  readonly mark?: SourceMark;
  /** Time watched so far, and time to watch, in milliseconds. Each interval between judgements counts once. */
  readonly watchedMs: number;
  readonly durationMs: number;
  readonly judgements: number;
  readonly events: number;
  readonly lastJudgedAt: string | null;
  /**
   * The last judgement, or the start of the watch. Missing in states written by earlier versions: no time then
   * counts up to the next judgement.
   */
  readonly stamp?: WatchStamp;
  readonly worst: readonly WorstMargin[];
  /**
   * What the watch saw on its way, oldest first: about a hundred judgements, evenly spread, and the last one. States
   * written by earlier versions lack it.
   */
  readonly history?: readonly WatchMoment[] | undefined;
}

/** What a watch saw in one judgement. */
export interface WatchMoment {
  readonly at: string;
  /** Time watched until then, in milliseconds. */
  readonly watchedMs: number;
  /** The check nearest to its limit, of each model with enough decisions, and of the telemetry (null). */
  readonly margins: readonly Pick<WorstMargin, "model" | "check" | "margin">[];
  /** The strongest evidence against each model, as a part of what is conclusive: 1 and more is. */
  readonly evidence: readonly { readonly model: string; readonly check: string; readonly part: number }[];
}

/** The saved state of a watch's sequential tests. Only the code that wrote it reads it. */
export type WatchEvidence = Readonly<Record<string, unknown>>;

/**
 * When a watch ends because of a check. `strict`: when the point estimate of the newest decisions exceeds its limit,
 * as in the runbook, or when the evidence is conclusive, whichever comes first. `evidence`: only when the evidence
 * is conclusive.
 */
export const WATCH_RULES = ["strict", "evidence"] as const;
/** What ends a watch: see `WATCH_RULES`. */
export type WatchRule = (typeof WATCH_RULES)[number];

/** What one check has proven against a model so far. */
export interface EvidenceFinding {
  readonly model: string;
  readonly check: string;
  /** The symbol that it is about, where it is about one; null if there was none yet. */
  readonly symbol?: string | null;
  /** Decimal logarithm of the current evidence that the check is violated; 0 means no evidence. */
  readonly log10: number;
  /** The evidence is conclusive from this decimal logarithm on. */
  readonly threshold: number;
  /** Whether it has ever been conclusive. */
  readonly conclusive: boolean;
  /** Number of answers so far. */
  readonly n: number;
  /** Number of answers at which the evidence became conclusive; null while it is not. */
  readonly since: number | null;
}

/**
 * The newest audit log entry known to be on disk, stored outside the log. A log that was cut short or recreated no
 * longer contains it.
 */
export interface AuditAnchor {
  readonly number: number;
  readonly hash: string;
}

interface StateHead {
  readonly version: 1;
  readonly unit: string;
  /** The command that wrote it. A later command takes over by writing its own. */
  readonly operation: string;
  readonly updatedAt: string;
  /** Missing in states written by earlier versions; null when nothing was logged yet. */
  readonly audit?: AuditAnchor | null | undefined;
  /** Entries that could not be written to the audit log, oldest first; missing if there are none. */
  readonly unlogged?: readonly UnloggedEntry[];
}

/** The only state file. What a command intends is written before it acts. */
export type CanaryState = StateHead &
  (
    | { readonly phase: "baseline"; readonly canary: null; readonly watch: null }
    | { readonly phase: "activating"; readonly canary: Canary; readonly watch: null }
    | {
        readonly phase: "rolling_back";
        readonly canary: Canary;
        readonly watch: WatchProgress | null;
        readonly reason: string;
        /** Start of the process that no longer runs the canary; null until one has started. ISO 8601 UTC. */
        readonly cleanSince: string | null;
        /** Number of attempts; missing in states written by earlier versions. */
        readonly attempts?: number;
      }
    | {
        readonly phase: "canary" | "eligible" | "promoted";
        readonly canary: Canary;
        readonly watch: WatchProgress;
        /** Covers the decisions up to the watch's cursor; null before the first. */
        readonly evidence: WatchEvidence | null;
      }
  );
