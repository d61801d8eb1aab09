/// <reference lib="esnext.disposable" preserve="true" />
import type { ModelError, ModelErrorCode } from "./errors.js";
import type { FeatureRow, Prediction } from "./prediction.js";

/**
 * Whether a model can serve now. A fault of its own (load, answer, time limit or degeneracy) makes it inactive at once,
 * and its next good answer makes it active again. An unusable row (missing or non-finite features, too little history)
 * gets no prediction but does not affect the model while the newest row of any other symbol was usable. If there is no
 * such symbol and the previous row was unusable too, the model becomes inactive for that reason.
 */
export type ModelState =
  | { readonly status: "active" }
  | { readonly status: "inactive"; readonly reason: ModelErrorCode; readonly error: ModelError };

/** The model that an event belongs to. */
interface EventOf<Kind extends string> {
  readonly kind: Kind;
  readonly model: string;
  /** The model's name in log lines. */
  readonly title: string;
}

/** A file was read. Emitted before it is known to be good. */
export interface LoadingEvent extends EventOf<"loading"> {
  readonly file: string;
  /** Of the file. */
  readonly sha256: string;
  readonly manifestSha256: string;
  /** Of file and manifest together: the hash in telemetry. */
  readonly artifactSha256: string;
  readonly featureDim: number;
}

/** It passed every check at load. */
export interface LoadedEvent extends EventOf<"loaded"> {
  readonly artifactSha256: string;
}

/** It became inactive, or the reason for being inactive changed. */
export interface InactiveEvent extends EventOf<"inactive"> {
  readonly reason: ModelErrorCode;
  readonly error: ModelError;
}

/** It answers again. */
export type ActiveEvent = EventOf<"active">;

/** One event for each prediction. */
export interface PredictionEvent extends EventOf<"prediction"> {
  readonly prediction: Prediction;
}

/** The events of a model, for logs and metrics. */
export type ModelEvent = LoadingEvent | LoadedEvent | InactiveEvent | ActiveEvent | PredictionEvent;

/**
 * A predictor that never substitutes a default answer. `predict` never rejects: it returns the model's answer, or why
 * there is none.
 */
export interface FailClosedModel<Label extends string = string> {
  readonly name: string;
  /** The model's name in log lines, such as `PatchTST`. */
  readonly title: string;
  readonly labels: readonly Label[];
  /** Names of the features in the order of the vector; empty while the manifest is unknown. */
  readonly features: readonly string[];
  /** Rows of one symbol that a prediction needs; 1 for a model without history. */
  readonly rows: number;
  readonly state: ModelState;
  /**
   * Which model this is: the SHA-256 of its file and its manifest together, see the README. A different name, label or
   * weight makes it a different model. Null for a model without a file, or whose file could not be read.
   */
  readonly artifactSha256: string | null;
  /** Of the model's file alone, as `sha256sum` prints it; null if it could not be read or does not exist. */
  readonly fileSha256: string | null;
  /** Of the manifest's file alone; null if it could not be read. */
  readonly manifestSha256: string | null;

  /** Answers a row. Never throws and never substitutes an answer: what goes wrong is an inactive prediction with a reason. */
  predict(row: FeatureRow): Promise<Prediction<Label>>;

  /**
   * Adds a row to the history without predicting, to warm up a sequence model. An unusable row, such as one without its
   * symbol, is ignored.
   */
  remember(row: FeatureRow): void;

  /**
   * Loads and verifies everything again: manifest, bytes, hash, session, dimensions, probes. The same artefact keeps
   * its degeneracy window, and stays inactive if it was degenerate; another artefact starts a new one. If the new files
   * fail, the model is inactive with that reason; the old ones are not kept, because the files on disk are the ones
   * meant to serve. The old session serves until the new files are known to be good or bad, and its last answers stand
   * under its own hash; then it is freed. Reloads run one after another. Histories continue if features and rows are
   * the same. Never rejects. A predictor without files stays as it is.
   */
  reload(): Promise<ModelState>;

  /**
   * Later predictions are inactive, `closed`. Waits for calls that are within their time limit, and for the session to
   * be freed. Does not wait for an overdue call: it may keep computing, and its session is freed when it ends
   * (`onnxRuntime().idle()` tells when). Never rejects. Closing again changes nothing.
   */
  close(): Promise<void>;

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
