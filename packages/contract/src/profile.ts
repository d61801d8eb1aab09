import type { LabelSet } from "./policy.js";
import type { ModelBaseline } from "./verdict.js";

/** A score that is any number from one to another, such as a price: what a regression answers. */
export interface ScoreRange {
  readonly low: number;
  readonly high: number;
}

/** What a score is: a confidence in [0, 1], a logit, or a number in a range. */
export type ScoreKind = "probability" | "logit" | ScoreRange;

/** How the predictions of an approved run were distributed. */
export interface ProfileReference {
  /** What the run is called, such as the name of its file. */
  readonly source: string;
  /** Predictions of each label; null for a regression. */
  readonly labels: Readonly<Record<string, number>> | null;
  /** Inner edges of the bins of scores, ascending, and how many scores fell into each bin. In [0, 1]: see `ScoreKind`. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  /** Errors and latency of the run, which the error rate and latency are compared with. */
  readonly baseline: Pick<ModelBaseline, "predictions" | "nonPredictions" | "latencyP95Ms" | "entropy">;
}

/**
 * The limits of a team of its own, which need not be as strict as the built-in ones: for judging predictions, and never
 * accepted where a model is given traffic. Plain data, so that it can be hashed, and kept as a file.
 */
export interface Profile {
  readonly name: string;
  /** The labels of a classifier; null for a regression, which answers a score alone. */
  readonly labels: LabelSet | null;
  readonly score: ScoreKind;
  /** Each limit, as `<check>.<measure>`. */
  readonly limits: Readonly<Record<string, number>>;
  /** With fewer predictions than this there is no pass. */
  readonly minPredictions: number;
  /** Whether each segment decides by itself too, where predictions name one; otherwise it is shown. */
  readonly segments: "decide" | "shown";
  /** Whether a prediction without a latency counts as the slowest. */
  readonly requireLatency: boolean;
  /** What predictions are compared with; null: drift is not judged. */
  readonly reference: ProfileReference | null;
}
