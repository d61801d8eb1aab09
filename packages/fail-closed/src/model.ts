import type { ModelError, ModelErrorCode } from "./errors.js";
import type { FeatureRow, Prediction } from "./prediction.js";

/**
 * Whether a model can serve now. A fault of its own (of its load, answer, time limit, or degeneracy) makes it inactive at
 * once, and its next good answer active again. A row that cannot be used (missing or not finite features, too little
 * history) has no prediction, and says nothing of the model, as long as the newest row of any other symbol could be used;
 * when there is none, and the row just before could not be used either, the model is inactive for that reason.
 */
export type ModelState =
  | { readonly status: "active" }
  | { readonly status: "inactive"; readonly reason: ModelErrorCode; readonly error: ModelError };

/** Which model an event is of. */
interface EventOf<Kind extends string> {
  readonly kind: Kind;
  readonly model: string;
  /** The model's name as log lines have it. */
  readonly title: string;
}

/** A file was read; told before it is known to be good. */
export interface LoadingEvent extends EventOf<"loading"> {
  readonly file: string;
  /** Of the file. */
  readonly sha256: string;
  readonly manifestSha256: string;
  /** Of file and manifest together: what telemetry names. */
  readonly artifactSha256: string;
  readonly featureDim: number;
}

/** It passed every check on loading. */
export interface LoadedEvent extends EventOf<"loaded"> {
  readonly artifactSha256: string;
}

/** It became inactive, or is so for another reason than before. */
export interface InactiveEvent extends EventOf<"inactive"> {
  readonly reason: ModelErrorCode;
  readonly error: ModelError;
}

/** It answers again. */
export type ActiveEvent = EventOf<"active">;

/** Every prediction, one by one. */
export interface PredictionEvent extends EventOf<"prediction"> {
  readonly prediction: Prediction;
}

/** What happens to a model, for logs and metrics. */
export type ModelEvent = LoadingEvent | LoadedEvent | InactiveEvent | ActiveEvent | PredictionEvent;

/**
 * A predictor that cannot lie. `predict` never rejects and never answers neutrally: it says what the
 * model said, or why there is nothing to say.
 */
export interface FailClosedModel<Label extends string = string> {
  readonly name: string;
  /** The model's name as log lines have it, such as `PatchTST`. */
  readonly title: string;
  readonly labels: readonly Label[];
  /** Names of the features in the order of the vector; empty while the manifest is not known. */
  readonly features: readonly string[];
  /** Rows of one symbol that a prediction needs; 1 for a model without history. */
  readonly rows: number;
  readonly state: ModelState;
  /**
   * Which model this is: the SHA-256 of its file and its manifest together, see the README; another name, label or
   * weight is another model. Null for a model without a file, or one that could not be read.
   */
  readonly artifactSha256: string | null;
  /** Of the model's file alone, as `sha256sum` has it; null where it could not be read, or there is none. */
  readonly fileSha256: string | null;
  /** Of the manifest's file alone; null where it could not be read. */
  readonly manifestSha256: string | null;

  predict(row: FeatureRow): Promise<Prediction<Label>>;

  /**
   * Takes a row into the history without a prediction: how a sequence model is warmed up. A row that cannot be used,
   * one without its symbol for instance, warms nothing up.
   */
  remember(row: FeatureRow): void;

  /**
   * Loads and verifies everything again: manifest, bytes, hash, session, dimensions, probes. The same artefact keeps
   * its degeneracy window, and stays inactive if it was degenerate; another begins its own. A model whose new files
   * fail is inactive with that reason; the old ones are not kept, because what lies on disk is what was meant to serve.
   * Until the new ones are known to be good or bad the old session serves, and its last answers stand under its own
   * hash; it is freed after them. Reloads run one after another. Histories go on if features and rows are the same.
   * Never rejects. A predictor without files stays as it is.
   */
  reload(): Promise<ModelState>;

  /**
   * Later predictions are inactive, `closed`. Waits for the calls that are within their time limit, and for the
   * session to be freed. A call that is overdue is not waited for: it may go on computing, and its session is
   * freed when it ends (`onnxRuntime().idle()` tells when). Never rejects.
   */
  close(): Promise<void>;
}
