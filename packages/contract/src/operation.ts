import type { AuditAnchor, AuditEntry, CanaryPhase, CanaryShare, EvidenceFinding, WatchProgress, WatchRule, WeightsByModel } from "./canary.js";
import type { ErrorCode } from "./codes.js";
import type { ExitCode } from "./exit-codes.js";
import type { CheckResult, GateDocument, JudgementDocument, ModelVerdict, Verdict } from "./verdict.js";

/** What came of one step: `planned` in a dry run, `undone` where a later one failed. */
export type StepOutcome = "done" | "planned" | "failed" | "undone" | "skipped";

/** One step of an operation, and what came of it. */
export interface OperationStep {
  readonly name: string;
  readonly outcome: StepOutcome;
  /** One sentence. Names in it are as found, not inert. */
  readonly detail: string;
  /** Of the error that a step failed with. Missing where none did, and in a document of an earlier version. */
  readonly code?: ErrorCode;
}

/** What the documents of operations have in common. */
export interface OperationHead {
  readonly verdict: Verdict;
  readonly exitCode: ExitCode;
  /** Why not, in whole sentences, worst first. Empty only for a pass. */
  readonly reasons: readonly string[];
  /**
   * The stable code of each reason, in the same order; `violation` where the reason begins with a check's name. Missing in
   * a document of an earlier version.
   */
  readonly codes?: readonly ErrorCode[];
  /** What did not stand in the way, and should be looked at. */
  readonly warnings: readonly string[];
  readonly judgedAt: string;
  readonly unit: string;
  /** How the unit is reached: `systemd (system)`, `child processes in ...`. */
  readonly services: string;
  readonly source: string | null;
  readonly stream: string | null;
  readonly host: string;
  readonly toolVersion: string;
  readonly steps: readonly OperationStep[];
  /** The newest entry of the audit log that this command knows to be on the disk; null where it knows none. */
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
  /** Start of the unit's process, ISO 8601 UTC; null where none runs. */
  readonly cutover: string | null;
  readonly digest: string;
}

/** A file as it is, or would be, written. */
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
  /** Against each watched model and check, whether conclusive or not. */
  readonly evidence: readonly EvidenceFinding[];
  readonly policyHash: string;
  readonly policySource: string;
  /** The violations that ended the watch. */
  readonly violations: readonly string[];
  readonly integrity: readonly CheckResult[];
  readonly models: readonly ModelVerdict[];
  readonly rollback: RollbackDocument | null;
  readonly digest: string;
}

/** The newest rollback that the audit log tells of. */
export interface LoggedRollback {
  readonly at: string;
  readonly user: string;
  readonly host: string;
  readonly reason: string;
  /** Whether the baseline was proven then. */
  readonly proven: boolean;
}

export interface StatusDocument extends OperationHead {
  readonly kind: "status";
  readonly phase: CanaryPhase | "unknown";
  /** When that phase began; null where nothing tells. */
  readonly since: string | null;
  /** When the watch will have ended, at the earliest; null where none is under way. */
  readonly endsAt: string | null;
  /** Null where the log has none, or cannot be relied on. */
  readonly lastRollback: LoggedRollback | null;
  readonly model: string | null;
  readonly share: CanaryShare | null;
  readonly weights: WeightsByModel | null;
  readonly watch: WatchProgress | null;
  readonly lastAudit: AuditEntry | null;
  readonly digest: string;
}

export interface AuditDocument extends OperationHead {
  readonly kind: "audit";
  readonly path: string;
  readonly entries: number;
  /** Number of the first line that is broken, from 1 on; null where none is. */
  readonly brokenLine: number | null;
  readonly digest: string;
}

export interface InitDocument extends OperationHead {
  readonly kind: "init";
  readonly files: readonly WrittenFile[];
  readonly digest: string;
}

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
  | InitDocument;

/** Any document that `--json` prints. */
export type QscDocument = JudgementDocument | OperationDocument;
