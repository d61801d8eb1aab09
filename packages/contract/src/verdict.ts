import type { ModelSegments } from "./segments.js";
import type { RejectionReason } from "./telemetry.js";

/** How a check came out. `unknown` is never counted as a pass. */
export type CheckStatus = "pass" | "violation" | "unknown";
/** What a judgement comes to. `unknown` is never counted as a pass. */
export type Verdict = "pass" | "fail" | "unknown";
/** What a gate is asked: whether enough has been collected, or whether a model may become a canary. */
export type GateMode = "collection" | "canary";

/** The range of values of a statistic that `n` observations support, at a confidence level. */
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
  /** As measured; null when the evidence gives no value. */
  readonly value: number | null;
  /** The compared value: computed as if every unreadable entry had been the worst case. */
  readonly worst: number | null;
  /** The side of the limit that violates: `< 0.01` is `below`, `> 0.85` is `above`. */
  readonly violatedWhen: "below" | "above";
  readonly limit: number | null;
  readonly interval: Interval | null;
}

/** What a check found, with everything that it is based on. */
export interface CheckResult {
  readonly id: string;
  readonly status: CheckStatus;
  /** Value, limit and interval of the condition that decided. */
  readonly value: number | null;
  readonly limit: number | null;
  readonly n: number;
  readonly interval: Interval | null;
  /** One sentence: what was found, against which limit. Names in it are not escaped. */
  readonly reason: string;
  /** An unknown check fails its model unless it is waived because the telemetry cannot carry the statistic. */
  readonly waived: boolean;
  readonly conditions: readonly ConditionResult[];
}

/** The statistics of a model over the judged decisions, distinct ones; null where there is too little of it. */
export interface ModelStats {
  /** Predictions: answers while the model was active. */
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
  /** 0 when there is only one label, 1 when all are equally frequent. */
  readonly entropy: number | null;
  readonly latencyP95Ms: number | null;
  /** 0 when quantiles are exact; otherwise the maximum error of p10 and p90. */
  readonly quantileErrorBound: number;
  /**
   * How many confidences are in each of 20 bins of equal width over [0, 1]; 1 is in the last one. Documents written by
   * earlier versions lack it.
   */
  readonly histogram?: readonly number[] | undefined;
}

/** How a model behaved before: checks 7 and 8 compare with this. */
export interface ModelBaseline {
  readonly predictions: number;
  readonly nonPredictions: number;
  readonly latencyP95Ms: number | null;
  /** Normalized entropy of its labels, in [0, 1]. Baselines written by earlier versions lack it. */
  readonly entropy?: number | null;
  /**
   * How its answers depended on earlier ones; `independent` is the caller's word that they did not. Without it no
   * sequential test of labels or confidences is made.
   */
  readonly dependence?: Dependence | "independent";
}

/** How many of `n` were cases of something. */
export interface Cases {
  readonly cases: number;
  readonly n: number;
}

/** How often some labels follow the same symbol's previous prediction. */
export interface LabelDependence {
  readonly labels: readonly string[];
  /** Predictions with one of these labels, among those that follow one of them. */
  readonly afterThese: Cases;
  /** The same, among those that follow another label. */
  readonly afterOthers: Cases;
  /**
   * Lag-1 autocorrelation of "has one of these labels" within a symbol, around the symbol's own share; null if no
   * symbol had both kinds. Unlike the two shares, it does not grow if each symbol leans to a label of its own.
   */
  readonly within: number | null;
}

/**
 * How a model's predictions depend on the same symbol's previous prediction, in the newest decisions that a gate has
 * judged. Of decisions within a burst one is drawn: symbols that decide together are moved by the same market.
 */
export interface Dependence {
  /** Distinct decisions in which the model predicted. */
  readonly decisions: number;
  /** Bursts among them: the number of independent observations, at most. */
  readonly observations: number;
  /** From the first to the last of them, in milliseconds. */
  readonly spanMs: number;
  /** Symbols that these decisions name. Documents written by earlier versions lack it. */
  readonly symbols?: number;
  /** Each label, and the abstaining ones together. */
  readonly labels: readonly LabelDependence[];
  /** Confidences equal, to 4 decimals, to the symbol's previous one. */
  readonly equalConfidences: Cases;
  /** Lag-1 autocorrelation of confidences within a symbol, and of how many pairs; null if it cannot be measured. */
  readonly confidences: { readonly autocorrelation: number | null; readonly n: number };
}

/** The verdict on one model, with the checks and statistics that it follows from. */
export interface ModelVerdict {
  readonly model: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly stats: ModelStats;
  readonly checks: readonly CheckResult[];
  /** Why the model did not predict, most frequent first. */
  readonly nonPredictionReasons: readonly Counted[];
  readonly artifacts: readonly string[];
  /**
   * Why the model counts as unsigned, although the policy requires a signature of it: it has failed. Missing if it is
   * signed, and if that was not asked.
   */
  readonly unsigned?: "signature_missing" | "signature_invalid";
  /** Symbol by symbol, in the newest decisions. Missing if that was not asked, and in documents of earlier versions. */
  readonly segments?: ModelSegments;
}

/** A kind of event, how often it occurred, and where to look first. */
export interface Counted {
  readonly what: string;
  readonly count: number;
  readonly sample: string | null;
}

/** Entries that could not be read for the same reason. */
export interface RejectedKind {
  readonly reason: RejectionReason;
  readonly count: number;
  /** IDs, or lines, of the first few. */
  readonly samples: readonly string[];
  readonly detail: string;
}

/** How many entries were read, and what became of them. */
export interface EventCounts {
  readonly read: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly judged: number;
}

/** How far the models of a decision agree; null without decisions. */
export interface Agreement {
  /** Mean share of the largest vote. */
  readonly agreement: number | null;
  /** Share of the decisions with votes for opposing labels. */
  readonly hardDisagree: number | null;
  /** Decisions with at least two votes. */
  readonly n: number;
}

/** The judgement on the models together. */
export interface Ensemble extends Agreement {
  /** The same for predictions alone, without silent fallbacks. */
  readonly active: Agreement;
  readonly checks: readonly CheckResult[];
}
