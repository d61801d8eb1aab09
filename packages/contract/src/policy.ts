import type { SegmentPolicy } from "./segments.js";
import type { GateMode } from "./verdict.js";

/** The labels a model may answer with, in the words of a policy file. */
export interface LabelSet {
  /** Labels that act, for example BUY and SELL. Two different ones in one decision disagree hard. */
  readonly acting: readonly string[];
  /** Labels that do nothing, for example HOLD. May be empty. */
  readonly abstaining: readonly string[];
}

/** The same, as an option of a function: a list, where nothing abstains. */
export type Labels = LabelSet | readonly string[];

/** How a model's confidence is written: in [0, 1], or as a logit that is squashed before it is judged. */
export type ConfidenceScale = "probability" | "logit";

/** Evidence that a policy can require although the telemetry's version does not promise it. */
export const REQUIREMENTS = ["latency", "build", "weights", "feature_drift", "signature", "model_signature"] as const;
/** A check that a policy may demand. */
export type Requirement = (typeof REQUIREMENTS)[number];

/** A policy's own check: an expression over named statistics that is true when violated. */
export interface ExpressionCheck {
  readonly id: string;
  readonly violatedWhen: string;
}

/**
 * The effective policy: every limit, tightened or not. Plain data, so that it can be hashed. A limit is named
 * `<check>.<measure>`, for example `constant_output.std`.
 */
export interface Policy {
  readonly limits: Readonly<Record<string, number>>;
  readonly labels: LabelSet;
  readonly minEvents: Readonly<Record<GateMode, number>>;
  readonly confidence: Readonly<Record<string, ConfidenceScale>>;
  readonly require: readonly Requirement[];
  readonly checks: readonly ExpressionCheck[];
  /** Each symbol by itself decides too. Missing: the symbols are shown, and decide nothing. */
  readonly segments?: SegmentPolicy;
}
