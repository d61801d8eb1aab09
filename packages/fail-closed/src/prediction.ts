import type { ModelError, ModelErrorCode } from "./errors.js";

/** One row of features of one series. */
export interface FeatureRow {
  /** The series that the row belongs to. Sequence models need it: they keep one history for each symbol. */
  readonly symbol?: string;
  /** Values by name (extra names are allowed), or the vector in the model's own order. */
  readonly features: Readonly<Record<string, unknown>> | ArrayLike<number>;
}

/** The facts in every prediction, whether the model answered or not. */
interface PredictionFacts {
  readonly model: string;
  /** Of the model's file and manifest together; null for a model without a file, or whose file was never read. */
  readonly artifactSha256: string | null;
  /** Features in a row; null if the manifest could not be read. */
  readonly featureDim: number | null;
}

/** The model answered, and the answer passed every check. */
export interface ActivePrediction<Label extends string = string> extends PredictionFacts {
  readonly status: "active";
  readonly action: Label;
  /** In [0, 1]. */
  readonly confidence: number;
  /** Time of the predictor alone, in milliseconds. */
  readonly latencyMs: number;
}

/** The model does not vote, and this says why. It deliberately has no action. */
export interface InactivePrediction extends PredictionFacts {
  readonly status: "inactive";
  readonly reason: ModelErrorCode;
  readonly error: ModelError;
  /** Null when the predictor was not asked. */
  readonly latencyMs: number | null;
}

/** What a model says of a row: an answer, or why there is none. */
export type Prediction<Label extends string = string> = ActivePrediction<Label> | InactivePrediction;
