import type {
  AuditAnchor,
  CanaryPhase,
  CanaryShare,
  EvidenceFinding,
  WatchProgress,
  WatchRule,
  WeightsByModel,
} from "./canary.js";
import type { AuditEntry } from "./audit.js";
import type { ErrorCode } from "./codes.js";
import type { ExitCode } from "./exit-codes.js";
import type { JudgeDocument } from "./judge-document.js";
import type { GateDocument, JudgementDocument } from "./judgement.js";
import type { PastCanary } from "./past-canary.js";
import type { WatchPower } from "./power.js";
import type { FleetDocument } from "./fleet-document.js";
import type { VerifyDocument } from "./verify-document.js";
import type { CheckResult, ModelVerdict, Verdict } from "./verdict.js";

/** How a step ended: `planned` in a dry run, `undone` when a later step failed. */
export type StepOutcome = "done" | "planned" | "failed" | "undone" | "skipped";

/** One step of an operation and how it ended. */
export interface OperationStep {
  readonly name: string;
  readonly outcome: StepOutcome;
  /** One sentence. Names in it are not escaped. */
  readonly detail: string;
  /** Code of the error that made the step fail. Missing when it did not fail, and in documents of earlier versions. */
  readonly code?: ErrorCode;
}

/** The members that documents of operations share. */
export interface OperationHead {
  readonly verdict: Verdict;
  readonly exitCode: ExitCode;
  /** Why not, in complete sentences, worst first. Empty only for a pass. */
  readonly reasons: readonly string[];
  /**
   * The stable code of each reason, in the same order; `violation` when the reason starts with the name of a check.
   * Missing in documents of earlier versions.
   */
  readonly codes?: readonly ErrorCode[];
  /** What did not block the operation but deserves a look. */
  readonly warnings: readonly string[];
  readonly judgedAt: string;
  readonly unit: string;
  /** How the unit is controlled: `systemd (system)`, `child processes in ...`. */
  readonly services: string;
  readonly source: string | null;
  readonly stream: string | null;
  readonly host: string;
  readonly toolVersion: string;
  readonly steps: readonly OperationStep[];
  /** The newest audit log entry that this command knows to be on disk; null when it knows none. */
  readonly audit: AuditAnchor | null;
}

export interface PreflightDocument extends OperationHead {
  readonly kind: "preflight";
  readonly digest: string;
}

export interface DeployDocument extends OperationHead {
  readonly kind: "deploy";
  readonly commit: string;
  /** The commit that was checked out before. */
  readonly former: string | null;
  readonly cutover: string | null;
  readonly digest: string;
}

export interface CutoverDocument extends OperationHead {
  readonly kind: "cutover";
  /** Start of the unit's process, ISO 8601 UTC; null when none is running. */
  readonly cutover: string | null;
  readonly digest: string;
}

/** A file that was written, or would be. */
export interface WrittenFile {
  readonly path: string;
  readonly text: string;
}

/** Weights before and after. */
export interface WeightChange {
  readonly before: WeightsByModel | null;
  readonly after: WeightsByModel | null;
}

export interface ActivateDocument extends OperationHead {
  readonly kind: "activate";
  readonly model: string;
  readonly dryRun: boolean;
  readonly weights: WeightChange;
  readonly dropIn: WrittenFile | null;
  readonly rollbackCommand: string;
  /** Start of the process that serves the canary. */
  readonly cutover: string | null;
  /** The gate's own document: the evidence. */
  readonly gate: GateDocument | null;
  readonly digest: string;
}

export interface PromoteDocument extends OperationHead {
  readonly kind: "promote";
  readonly model: string | null;
  readonly to: CanaryShare;
  readonly weights: WeightChange;
  readonly dropIn: WrittenFile | null;
  readonly rollbackCommand: string;
  readonly cutover: string | null;
  readonly digest: string;
}

export interface RollbackDocument extends OperationHead {
  readonly kind: "rollback";
  readonly reason: string;
  readonly weights: WeightChange;
  readonly cutover: string | null;
  readonly digest: string;
}

export interface MonitorDocument extends OperationHead {
  readonly kind: "monitor";
  readonly model: string | null;
  readonly share: CanaryShare | null;
  readonly outcome: "eligible" | "promoted" | "rolled_back" | "rollback_failed" | "interrupted" | "no_canary";
  readonly watch: WatchProgress | null;
  readonly rule: WatchRule;
  /** For each watched model and check, conclusive or not. */
  readonly evidence: readonly EvidenceFinding[];
  /** What the watch can see of the canary; null if there is none. Documents written by earlier versions lack it. */
  readonly power?: WatchPower | null;
  readonly policyHash: string;
  readonly policySource: string;
  /** The violations that ended the watch. */
  readonly violations: readonly string[];
  readonly integrity: readonly CheckResult[];
  readonly models: readonly ModelVerdict[];
  readonly rollback: RollbackDocument | null;
  readonly digest: string;
}

/** The newest rollback in the audit log. */
export interface LoggedRollback {
  readonly at: string;
  readonly user: string;
  readonly host: string;
  readonly reason: string;
  /** Whether that rollback proved the baseline. */
  readonly proven: boolean;
}

export interface StatusDocument extends OperationHead {
  readonly kind: "status";
  readonly phase: CanaryPhase | "unknown";
  /** When that phase began; null when nothing records it. */
  readonly since: string | null;
  /** The earliest time at which the watch can end; null when no watch is running. */
  readonly endsAt: string | null;
  /** Null when the log records no rollback, or is not reliable. */
  readonly lastRollback: LoggedRollback | null;
  readonly model: string | null;
  readonly share: CanaryShare | null;
  readonly weights: WeightsByModel | null;
  readonly watch: WatchProgress | null;
  readonly lastAudit: AuditEntry | null;
  readonly digest: string;
}

/** The newest entry of an audit log at a time, signed. */
export interface AuditCheckpoint extends AuditAnchor {
  readonly path: string;
  readonly at: string;
  /** The key that has signed it: the SHA-256 of its public half's PEM form. */
  readonly keyId: string;
}

export interface AuditDocument extends OperationHead {
  readonly kind: "audit";
  readonly path: string;
  readonly entries: number;
  /** Number of the first broken line, counting from 1; null when no line is broken. */
  readonly brokenLine: number | null;
  /** The checkpoint that was verified or written; null if there is none that is right; missing if no key was named. */
  readonly checkpoint?: AuditCheckpoint | null;
  readonly digest: string;
}

export interface HistoryDocument extends OperationHead {
  readonly kind: "history";
  /** The audit log. */
  readonly path: string;
  /** Newest first. */
  readonly canaries: readonly PastCanary[];
  readonly digest: string;
}

export interface InitDocument extends OperationHead {
  readonly kind: "init";
  readonly files: readonly WrittenFile[];
  readonly digest: string;
}

/** What a notification channel answered, or how far it came. */
export interface NotifiedChannel {
  readonly channel: string;
  /** `webhook`, `slack`, ... */
  readonly kind: string;
  /** Whether the other side accepted the newest message; null if none was sent. */
  readonly accepted: boolean | null;
  /** What it answered, or why there was no answer. Never contains a secret. */
  readonly said: string;
}

export interface NotifyDocument extends OperationHead {
  readonly kind: "notify";
  readonly action: "run" | "test";
  readonly channels: readonly NotifiedChannel[];
  readonly digest: string;
}

/** What a command that acts on a canary, or prepares one, says when it ends. */
export type OperationDocument =
  | PreflightDocument
  | DeployDocument
  | CutoverDocument
  | ActivateDocument
  | PromoteDocument
  | RollbackDocument
  | MonitorDocument
  | StatusDocument
  | AuditDocument
  | HistoryDocument
  | InitDocument
  | NotifyDocument;

/** Any document that `--json` prints. */
export type QscDocument = JudgementDocument | JudgeDocument | VerifyDocument | FleetDocument | OperationDocument;
