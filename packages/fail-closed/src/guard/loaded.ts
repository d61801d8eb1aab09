import type { ModelError } from "../errors.js";
import type { CheckedPredictor } from "./checked-predictor.js";

/** What was loaded, each null where it was not read, or there is no file. */
export interface Hashes {
  /** Of the model's file. */
  readonly fileSha256: string | null;
  /** Of the manifest. */
  readonly manifestSha256: string | null;
  /** Of both: what telemetry names. */
  readonly artifactSha256: string | null;
}

/** What is known of a model, whether it can answer or not. */
export interface Identity<Label extends string> extends Hashes {
  readonly name: string;
  readonly title: string;
  readonly labels: readonly Label[];
  /** Empty while the manifest is not known. */
  readonly features: readonly string[];
  readonly rows: number;
}

/** What came of one load: a predictor, or why there is none. */
export interface Loaded<Label extends string> {
  readonly identity: Identity<Label>;
  readonly predictor: CheckedPredictor<Label> | ModelError;
}
