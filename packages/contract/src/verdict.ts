import type { ExitCode } from "./exit-codes.js";
import type { RejectionReason } from "./telemetry.js";

export type CheckStatus = "pass" | "violation" | "unknown";
export type Verdict = "pass" | "fail" | "unknown";
export type GateMode = "collection" | "canary";

/** The values of a statistic that `n` supports, at a level of confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

/** One comparison of a statistic with its limit. */
export interface ConditionResult {
  /** What is measured, for example `std` or `tradingShare`. */
  readonly measure: string;
  readonly status: CheckStatus;
  /** As measured; null when the evidence gives none. */
  readonly value: number | null;
  /** The value compared: as if every unreadable entry had been the worst one. */
  readonly worst: number | null;
  /** The comparison that violates: `< 0.01` is `below`, `> 0.85` is `above`. */
  readonly violatedWhen: "below" | "above";
  readonly limit: number | null;
  readonly interval: Interval | null;
}

/** What a check found, with all that it rests on. */
export interface CheckResult {
  readonly id: string;
  readonly status: CheckStatus;
  /** Value, limit and interval of the condition that decided. */
  readonly value: number | null;
  readonly limit: number | null;
  readonly n: number;
  readonly interval: Interval | null;
  /** One sentence: what was found, against which limit. Names in it are as found, not inert. */
  readonly reason: string;
  /** An unknown check fails its model unless it is waived: telemetry that cannot carry the statistic. */
  readonly waived: boolean;
  readonly conditions: readonly ConditionResult[];
}

export interface ModelStats {
  /** Predictions: answers of the active model. */
  readonly n: number;
  readonly nonPredictions: number;
  /** Events in which the model does not appear at all. */
  readonly absent: number;
  readonly shares: Readonly<Record<string, number | null>>;
  readonly mean: number | null;
  readonly std: number | null;
  readonly p10: number | null;
  readonly p90: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** 0 one label only .. 1 all alike. */
  readonly entropy: number | null;
  readonly latencyP95Ms: number | null;
  /** 0 where quantiles are exact; otherwise the most that p10 and p90 can be off. */
  readonly quantileErrorBound: number;
}

/** What a model was like before: what checks 7 and 8 compare with. */
export interface ModelBaseline {
  readonly predictions: number;
  readonly nonPredictions: number;
  readonly latencyP95Ms: number | null;
}

export interface ModelVerdict {
  readonly model: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly stats: ModelStats;
  readonly checks: readonly CheckResult[];
  /** Why the model did not predict, most frequent first. */
  readonly nonPredictionReasons: readonly Counted[];
  readonly artifacts: readonly string[];
}

/** A kind of thing, how often it occurred, and one place to look at. */
export interface Counted {
  readonly what: string;
  readonly count: number;
  readonly sample: string | null;
}

export interface RejectedKind {
  readonly reason: RejectionReason;
  readonly count: number;
  /** IDs, or lines, of the first few. */
  readonly samples: readonly string[];
  readonly detail: string;
}

export interface EventCounts {
  readonly read: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly judged: number;
}

export interface Agreement {
  /** Mean share of the largest vote. */
  readonly agreement: number | null;
  /** Share of the decisions in which opposing labels were both voted. */
  readonly hardDisagree: number | null;
  /** Decisions with at least two votes. */
  readonly n: number;
}

export interface Ensemble extends Agreement {
  /** The same over predictions alone, without silent fallbacks. */
  readonly active: Agreement;
  readonly checks: readonly CheckResult[];
}

/** What was read of the entries before those that are judged. A decision among them that comes again is a repetition. */
export interface EarlierEntries {
  readonly entries: number;
  /** The oldest of them; null where there are none. What came before that is not known. */
  readonly firstId: string | null;
  /** What of them is known to be missing, a sentence each. */
  readonly missing: readonly string[];
}

/** What every document says of the evidence it rests on. */
export interface EvidenceHead {
  readonly verdict: Verdict | "collected";
  readonly exitCode: ExitCode;
  /** Why, in whole sentences, worst first. Empty only for a pass. */
  readonly reasons: readonly string[];
  /** When the judgement was made, and the instant it was made for. */
  readonly judgedAt: string;
  readonly asOf: string;
  readonly asOfFrom: "clock" | "option" | "last event";
  readonly after: string | null;
  readonly count: number | null;
  /** Without a password. */
  readonly source: string;
  readonly stream: string | null;
  readonly unit: string | null;
  readonly firstId: string | null;
  readonly lastId: string | null;
  /** Null where all that there is is judged. Absent in documents of earlier versions. */
  readonly earlier?: EarlierEntries | null | undefined;
  readonly policyHash: string;
  readonly policySource: string;
  readonly counts: EventCounts;
  readonly rejected: readonly RejectedKind[];
  readonly integrity: readonly CheckResult[];
  /** Builds and boots among the events judged. */
  readonly builds: readonly string[];
  readonly boots: readonly string[];
  readonly host: string;
  readonly toolVersion: string;
}

/** A model before the cutover and after it. */
export interface Delta {
  readonly model: string;
  readonly before: ModelStats;
  readonly after: ModelStats;
}

export interface GateDocument extends EvidenceHead {
  readonly kind: "quality-gate";
  readonly mode: GateMode;
  /** The model asked about, if one was. */
  readonly model: string | null;
  readonly models: readonly ModelVerdict[];
  readonly ensemble: Ensemble;
  /** Null when no event before the cutover was there. */
  readonly deltas: readonly Delta[] | null;
  readonly digest: string;
}

export type ScoreboardStatus = "GO" | "WAIT" | "NO-GO";

export interface ScoreboardDocument extends EvidenceHead {
  readonly kind: "scoreboard";
  readonly models: readonly (ModelVerdict & { readonly status: ScoreboardStatus })[];
  readonly ensemble: Ensemble;
  readonly digest: string;
}

export interface FeatureStats {
  readonly feature: string;
  /** The model whose vector it is of; null where all models see the same one. */
  readonly model: string | null;
  readonly n: number;
  readonly missing: number;
  readonly notFinite: number;
  readonly invalid: number;
  readonly mean: number | null;
  readonly std: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly flat: boolean;
  readonly psi: number | null;
}

export interface SanityDocument extends EvidenceHead {
  readonly kind: "feature-sanity";
  readonly checks: readonly CheckResult[];
  readonly warnings: readonly string[];
  readonly features: readonly FeatureStats[];
  readonly manifest: string | null;
  readonly digest: string;
}

export interface ModelDiagnosis {
  readonly model: string;
  readonly verdict: Verdict;
  readonly stats: ModelStats;
  /** Confidence range of each label the model gave. */
  readonly actions: readonly {
    readonly action: string;
    readonly count: number;
    readonly share: number;
    readonly min: number | null;
    readonly max: number | null;
    readonly mean: number | null;
  }[];
  readonly deadZoneShare: number | null;
  /** Confidence from which on the model trades rather than holds, where the two separate. */
  readonly inferredThreshold: number | null;
  readonly fallbackShare: number | null;
  readonly fallbacks: readonly Counted[];
  /**
   * PSI of labels and of confidences against the events before the cutover; null where no cutover was named.
   * What could not be measured is null, and `unknown` says why in a sentence each.
   */
  readonly drift: {
    readonly labels: number | null;
    readonly confidence: number | null;
    readonly unknown: readonly string[];
  } | null;
  readonly cause: string;
  readonly nextStep: string;
}

/** Lines of one form that an engine's process has written, counted. */
export interface JournalFinding {
  /** `[X-INIT]`, `QSC FAIL-CLOSED`, `inactive_reason=` alone, `DRIFT DETECTED`. */
  readonly kind: "init" | "fail_closed" | "inactive" | "drift";
  /** As the line names it, which may be another name than the telemetry's; null where it names none. */
  readonly model: string | null;
  readonly reason: string;
  readonly count: number;
  /** The first of these lines. */
  readonly sample: string;
}

/** What the journal of the engine's running process says of its models. */
export interface JournalReading {
  /** `unknown`: it could not be read; `skipped`: there was none to read. */
  readonly status: "read" | "unknown" | "skipped";
  /** What was read, or why not. */
  readonly detail: string;
  readonly build: string | null;
  readonly findings: readonly JournalFinding[];
}

export interface DiagnosisDocument extends EvidenceHead {
  readonly kind: "diagnose";
  readonly models: readonly ModelDiagnosis[];
  readonly journal: JournalReading;
  readonly digest: string;
}

/** What judges telemetry. */
export type JudgementDocument = GateDocument | ScoreboardDocument | SanityDocument | DiagnosisDocument;
