import type { ModelError } from "../errors.js";
import type { CheckedPredictor } from "./checked-predictor.js";

/** What is known of a model, whether it can answer or not. */
export interface Identity<Label extends string> {
  readonly name: string;
  readonly title: string;
  readonly labels: readonly Label[];
  /** Empty while the manifest is not known. */
  readonly features: readonly string[];
  readonly rows: number;
  readonly artifactSha256: string | null;
}

/** What came of one load: a predictor, or why there is none. */
export interface Loaded<Label extends string> {
  readonly identity: Identity<Label>;
  readonly predictor: CheckedPredictor<Label> | ModelError;
}
