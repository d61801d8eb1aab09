import type { ExitCode } from "./exit-codes.js";
import type { WatchPower } from "./power.js";
import type {
  CheckResult,
  Counted,
  Dependence,
  Ensemble,
  EventCounts,
  GateMode,
  ModelStats,
  ModelVerdict,
  RejectedKind,
  Verdict,
} from "./verdict.js";

/** The entries that were read from before the judged range. A judged decision that is among them is a repetition. */
export interface EarlierEntries {
  readonly entries: number;
  /** The oldest of them; null when there are none. Anything older is not known. */
  readonly firstId: string | null;
  /** What is known to be missing from them, one sentence each. */
  readonly missing: readonly string[];
}

/** What every document says about the evidence behind it. */
export interface EvidenceHead {
  readonly verdict: Verdict | "collected";
  readonly exitCode: ExitCode;
  /** Why, in complete sentences, worst first. Empty only for a pass. */
  readonly reasons: readonly string[];
  /**
   * The stable code of each reason, in the same order: the id of the check that objects, or an ErrorCode. Missing in a
   * document of an earlier version.
   */
  readonly codes?: readonly string[] | undefined;
  /**
   * What to do next, each step once, the most urgent first. Missing in a document of an earlier version, and in a
   * diagnosis, which has a next step for each model.
   */
  readonly next?: readonly string[] | undefined;
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
  /** Null when everything available is judged. Missing in documents of earlier versions. */
  readonly earlier?: EarlierEntries | null | undefined;
  readonly policyHash: string;
  readonly policySource: string;
  readonly counts: EventCounts;
  readonly rejected: readonly RejectedKind[];
  readonly integrity: readonly CheckResult[];
  /** Builds and boots among the judged events. */
  readonly builds: readonly string[];
  readonly boots: readonly string[];
  readonly host: string;
  readonly toolVersion: string;
}

/** A model before and after the cutover. */
export interface Delta {
  readonly model: string;
  readonly before: ModelStats;
  readonly after: ModelStats;
}

/** A shadow and another model, compared on the same decisions: the newest 4,096 at most. */
export interface ShadowComparison {
  /** The other model. */
  readonly against: string;
  readonly result: "alike" | "different" | "unknown";
  /** Why it is unknown; missing if it is not. Documents written by earlier versions lack it. */
  readonly because?: string;
  /** Decisions in which both answered. */
  readonly decisions: number;
  /** Those among them that the evidence is of: both had answered in the symbol's decision before. */
  readonly compared: number;
  /** The share of decisions with the same label; null without decisions. */
  readonly agreement: number | null;
  /** The share of each label over the decisions; null without decisions. */
  readonly labels: readonly {
    readonly label: string;
    readonly shadow: number | null;
    readonly against: number | null;
  }[];
  /** Decimal logarithm of the largest evidence that they differ; conclusive from the threshold on. */
  readonly log10: number;
  readonly threshold: number;
  /** Decisions at which the evidence became conclusive; null while it is not. */
  readonly since: number | null;
  /** The label that most of the evidence is about, and whether the shadow gives it more often; null without evidence. */
  readonly strongest: { readonly label: string; readonly more: boolean } | null;
}

/** The verdict of `qsc quality-gate`, with everything that it follows from. */
export interface GateDocument extends EvidenceHead {
  readonly kind: "quality-gate";
  readonly mode: GateMode;
  /** The model asked about, if any. */
  readonly model: string | null;
  /** Whether that model was judged by its answers as a shadow, without a vote; missing if it was not. */
  readonly shadow?: true;
  /** Missing if the shadow was not compared. */
  readonly comparison?: ShadowComparison;
  readonly models: readonly ModelVerdict[];
  readonly ensemble: Ensemble;
  /** Null when there were no events before the cutover. */
  readonly deltas: readonly Delta[] | null;
  /**
   * How each model's answers depend on those before. Documents written by earlier versions lack it, and `power`.
   */
  readonly dependence?: readonly (Dependence & { readonly model: string })[];
  /** What a watch of the passing models could see of the one that was asked about, or of each. */
  readonly power?: readonly WatchPower[];
  readonly digest: string;
}

/** Whether a model may take traffic (`GO`), may not (`NO-GO`), or cannot be judged yet (`WAIT`). */
export type ScoreboardStatus = "GO" | "WAIT" | "NO-GO";

/** Each model at a glance, as `qsc scoreboard` shows it. */
export interface ScoreboardDocument extends EvidenceHead {
  readonly kind: "scoreboard";
  /** The model that was judged by its answers as a shadow, without a vote; missing if none was. */
  readonly shadow?: string;
  readonly models: readonly (ModelVerdict & { readonly status: ScoreboardStatus })[];
  readonly ensemble: Ensemble;
  readonly digest: string;
}

/** What a feature was like over the judged decisions; null where nothing of it was read. */
export interface FeatureStats {
  readonly feature: string;
  /** The model that the vector belongs to; null when all models see the same one. */
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
  /** The PSI from which a feature has drifted, unless chance explains it. Documents written by earlier versions lack it. */
  readonly driftLimit?: number | undefined;
  readonly manifest: string | null;
  readonly digest: string;
}

/** What `qsc diagnose` found out about a model. */
export interface ModelDiagnosis extends Pick<ModelVerdict, "segments"> {
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
  /** Confidence from which the model trades instead of holding, when the two separate. */
  readonly inferredThreshold: number | null;
  readonly fallbackShare: number | null;
  readonly fallbacks: readonly Counted[];
  /**
   * PSI of labels and of confidences against the events before the cutover; null when no cutover was named. What
   * could not be measured is null, and `unknown` says why, one sentence each.
   */
  readonly drift: {
    readonly labels: number | null;
    readonly confidence: number | null;
    readonly unknown: readonly string[];
  } | null;
  readonly cause: string;
  readonly nextStep: string;
}

/** Lines of one form that an engine's process wrote, counted. */
export interface JournalFinding {
  /** `[X-INIT]`, `QSC FAIL-CLOSED`, `inactive_reason=` alone, `DRIFT DETECTED`. */
  readonly kind: "init" | "fail_closed" | "inactive" | "drift";
  /** As the line names it, which may differ from the telemetry's name; null when the line names none. */
  readonly model: string | null;
  readonly reason: string;
  readonly count: number;
  /** The first of these lines. */
  readonly sample: string;
}

/** What the journal of the engine's running process says about its models. */
export interface JournalReading {
  /** `unknown`: it could not be read; `skipped`: there was no journal to read. */
  readonly status: "read" | "unknown" | "skipped";
  /** What was read, or why not. */
  readonly detail: string;
  readonly build: string | null;
  readonly findings: readonly JournalFinding[];
}

export interface DiagnosisDocument extends EvidenceHead {
  readonly kind: "diagnose";
  /** The model that was judged by its answers as a shadow, without a vote; missing if none was. */
  readonly shadow?: string;
  readonly models: readonly ModelDiagnosis[];
  readonly journal: JournalReading;
  readonly digest: string;
}

/** A document that judges telemetry. */
export type JudgementDocument = GateDocument | ScoreboardDocument | SanityDocument | DiagnosisDocument;
