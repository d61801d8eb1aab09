import type { ModelBaseline } from "./verdict.js";

/** The votes of an ensemble: a weight for each model, in all 1. */
export type WeightsByModel = Readonly<Record<string, number>>;

/** Where a canary's life stands. */
export const CANARY_PHASES = ["baseline", "activating", "canary", "eligible", "rolling_back", "promoted"] as const;
export type CanaryPhase = (typeof CANARY_PHASES)[number];

/** The shares of the vote that a canary is given, one after another. */
export const CANARY_SHARES = [0.1, 0.5, 1] as const;
export type CanaryShare = (typeof CANARY_SHARES)[number];

/** What the gate has judged: the engine's build, and for each model that named one, the SHA-256 of its file. */
export interface ServedIdentity {
  readonly build: string;
  readonly artifacts: Readonly<Record<string, string>>;
}

/** One model on its way to the whole vote. */
export interface Canary {
  readonly model: string;
  readonly share: CanaryShare;
  /** The weights that are activated. */
  readonly weights: WeightsByModel;
  /** The weights to go back to: those the engine reported before. */
  readonly baseline: WeightsByModel;
  /** What each model was like when it passed the gate; these models are watched. */
  readonly models: Readonly<Record<string, ModelBaseline>>;
  /** The process that served before, by its boot ID; null where the telemetry named none. */
  readonly formerBoot: string | null;
  /** Hash of the policy that the gate judged by, and that the watch goes on with. */
  readonly policyHash: string;
  /**
   * What has to be served from the proof to the promotion. A state from before it was kept has none: such a canary is
   * watched and can be rolled back, and is not promoted.
   */
  readonly served?: ServedIdentity;
}

/** How near a check came to its limit at the worst moment of a watch. */
export interface WorstMargin {
  readonly model: string | null;
  readonly check: string;
  readonly value: number;
  readonly limit: number;
  /** Distance to the limit as a share of it: 0 at the limit, negative beyond. */
  readonly margin: number;
  readonly at: string;
}

/** When something was, by the clocks of one boot of the host. The wall clock, which may be set, is none of them. */
export interface WatchStamp {
  /** Which boot of the host it was. */
  readonly boot: string;
  /** Stands still while the host sleeps; in milliseconds, and the same for all processes of a boot. */
  readonly monotonicMs: number;
  /** Since the boot, the host's sleep included, in milliseconds. */
  readonly uptimeMs: number;
}

/**
 * How the source of a watch was seen when the entry at the cursor was given. A source that is behind it in anything is not the one
 * that was read, or has lost entries.
 */
export type SourceMark = StreamMark | LogMark;

/** Of a Redis Stream. */
export interface StreamMark {
  readonly kind: "stream";
  /** The entry that was given last. */
  readonly id: string;
  /** How many had been added up to that one, since the stream began; null where nobody counted. */
  readonly added: number | null;
  /** The first entry that was there; null where none was. */
  readonly firstId: string | null;
  /** The ID given last by the stream. */
  readonly endId: string;
  /** The greatest ID that was ever deleted one by one; null where the server does not say. */
  readonly deletedId: string | null;
}

/** Of an event log. */
export interface LogMark {
  readonly kind: "log";
  /** The entry that was given last. */
  readonly id: string;
  /** The file that it stands in. */
  readonly device: number;
  readonly inode: number;
  /** How many bytes of it had been read. */
  readonly bytes: number;
  /** The last of those bytes: how many are compared, and their SHA-256 in hex. */
  readonly tail: { readonly bytes: number; readonly sha256: string };
}

/** How far a watch has come. Written after every judgement, so that a restart loses nothing. */
export interface WatchProgress {
  /** Start of the process that is watched: only what it published counts. ISO 8601 UTC. */
  readonly cutover: string;
  readonly startedAt: string;
  /** The newest entry that was judged; null before the first. */
  readonly cursor: string | null;
  /** How the source was seen at the cursor. A state of an earlier version has none: then the cursor alone is looked for. */
  readonly mark?: SourceMark;
  /** Time between judgements so far, each counted once, and time to be watched, in milliseconds. */
  readonly watchedMs: number;
  readonly durationMs: number;
  readonly judgements: number;
  readonly events: number;
  readonly lastJudgedAt: string | null;
  /**
   * The last judgement, or the start of the watch. Absent in a state that an earlier version wrote: then no time counts
   * up to the next judgement.
   */
  readonly stamp?: WatchStamp;
  readonly worst: readonly WorstMargin[];
}

/** What a watch has found by betting, as the one who bets wrote it: nobody else reads it. */
export type WatchEvidence = Readonly<Record<string, unknown>>;

/**
 * When a watch ends for a check. `strict`: for the point estimate of the newest decisions, as the runbook has it, or for conclusive
 * evidence, whichever comes first. `evidence`: for conclusive evidence only.
 */
export const WATCH_RULES = ["strict", "evidence"] as const;
export type WatchRule = (typeof WATCH_RULES)[number];

/** What is proven against a model by now, of one check. */
export interface EvidenceFinding {
  readonly model: string;
  readonly check: string;
  /** Decimal logarithm of the evidence that the check is violated, now: 0 is none. */
  readonly log10: number;
  /** Conclusive from here on, as a decimal logarithm. */
  readonly threshold: number;
  /** Whether it has ever been conclusive. */
  readonly conclusive: boolean;
  /** Answers so far. */
  readonly n: number;
  /** After how many answers it was conclusive; null while it is not. */
  readonly since: number | null;
}

/** The newest entry of the audit log that is known to be on the disk, told outside the log: what was cut or made again no longer holds it. */
export interface AuditAnchor {
  readonly number: number;
  readonly hash: string;
}

interface StateHead {
  readonly version: 1;
  readonly unit: string;
  /** The command that wrote it: a later one takes over by writing its own. */
  readonly operation: string;
  readonly updatedAt: string;
  /** Missing in a state of an earlier version; null where nothing was logged yet. */
  readonly audit?: AuditAnchor | null | undefined;
}

/** The one state file: what is intended is written before it is done. */
export type CanaryState = StateHead &
  (
    | { readonly phase: "baseline"; readonly canary: null; readonly watch: null }
    | { readonly phase: "activating"; readonly canary: Canary; readonly watch: null }
    | {
        readonly phase: "rolling_back";
        readonly canary: Canary;
        readonly watch: WatchProgress | null;
        readonly reason: string;
        /** Start of the process that no longer has the canary; null until there is one. ISO 8601 UTC. */
        readonly cleanSince: string | null;
        /** How many attempts there were; absent in a state that an earlier version wrote. */
        readonly attempts?: number;
      }
    | {
        readonly phase: "canary" | "eligible" | "promoted";
        readonly canary: Canary;
        readonly watch: WatchProgress;
        /** Of the decisions up to the watch's cursor; null before the first. */
        readonly evidence: WatchEvidence | null;
      }
  );

/** What an audit line may tell of. */
export const AUDIT_EVENTS = [
  "deploy",
  "activate",
  "promote",
  "eligible",
  "promoted",
  "rollback",
  "rollback_failed",
  "dead_man_armed",
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** One line of the audit log. Each carries the hash of the one before. */
export interface AuditEntry {
  readonly version: 1;
  readonly number: number;
  readonly at: string;
  readonly event: AuditEvent;
  readonly unit: string;
  readonly operation: string;
  readonly host: string;
  readonly user: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** SHA-256 of a torn line that this one follows, in hex; null where there is none. */
  readonly torn: string | null;
  /** `hash` of the entry before; 64 zeros for the first. */
  readonly previous: string;
  /** SHA-256 over everything but this member, as canonical JSON, in hex. */
  readonly hash: string;
}
