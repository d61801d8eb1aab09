import type { ModelError } from "../errors.js";
import type { CheckedPredictor } from "./checked-predictor.js";

/** Hashes of what was loaded; null for a file that was not read or does not exist. */
export interface Hashes {
  /** Of the model's file. */
  readonly fileSha256: string | null;
  /** Of the manifest. */
  readonly manifestSha256: string | null;
  /** Of both: the hash in telemetry. */
  readonly artifactSha256: string | null;
}

/** What is known about a model, whether it can answer or not. */
export interface Identity<Label extends string> extends Hashes {
  readonly name: string;
  readonly title: string;
  readonly labels: readonly Label[];
  /** Empty while the manifest is unknown. */
  readonly features: readonly string[];
  readonly rows: number;
}

/** The outcome of one load: a predictor, or why there is none. */
export interface Loaded<Label extends string> {
  readonly identity: Identity<Label>;
  readonly predictor: CheckedPredictor<Label> | ModelError;
}
