import type { GateMode } from "./verdict.js";

/** The labels a model may answer with. */
export interface LabelSet {
  /** Labels that act, for example BUY and SELL. Two different ones in one decision disagree hard. */
  readonly trading: readonly string[];
  /** Labels that do nothing, for example HOLD. May be empty. */
  readonly neutral: readonly string[];
}

/** How a model's confidence is written: in [0, 1], or as a logit that is squashed before it is judged. */
export type ConfidenceScale = "probability" | "logit";

/** Evidence that a policy may insist on although the telemetry's version does not promise it. */
export const REQUIREMENTS = ["latency", "build", "weights", "feature_drift", "signature"] as const;
export type Requirement = (typeof REQUIREMENTS)[number];

/** A check of the policy's own: an expression over named statistics that is true when violated. */
export interface ExpressionCheck {
  readonly id: string;
  readonly violatedWhen: string;
}

/**
 * The effective policy: every limit there is, tightened or not. Plain data, so that it can be
 * hashed; a limit is named `<check>.<measure>`, for example `constant_output.std`.
 */
export interface Policy {
  readonly limits: Readonly<Record<string, number>>;
  readonly labels: LabelSet;
  readonly minEvents: Readonly<Record<GateMode, number>>;
  readonly confidence: Readonly<Record<string, ConfidenceScale>>;
  readonly require: readonly Requirement[];
  readonly checks: readonly ExpressionCheck[];
}
