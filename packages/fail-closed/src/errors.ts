import { messageOf } from "./words.js";

/** Why a model is inactive. Telemetry, log lines and metrics use the same code. */
export const MODEL_ERROR_CODES = [
  /** The manifest is missing, is not JSON, or lacks a key. */
  "manifest_invalid",
  /** The model's file or its runtime is missing. */
  "model_missing",
  /** The file is empty, cannot be read, or the runtime cannot open it. */
  "model_corrupt",
  /** The file's hash differs from the one the manifest pins. */
  "hash_mismatch",
  /** The model must be signed, and has no signature. */
  "signature_missing",
  /** The model's signature is not of a key that is trusted, or of other files. */
  "signature_invalid",
  /** The model's answer to a golden probe differs from the manifest's. */
  "probe_mismatch",
  /** The model's own input, or a vector it was given, does not have the declared shape. */
  "dimension_mismatch",
  /** A feature or symbol that the model needs is missing. */
  "input_missing",
  /** A feature is NaN, infinite, not a number, or too large for the model's number format. */
  "input_not_finite",
  /** A sequence model has seen too few rows of this symbol. */
  "insufficient_history",
  /** The answer is not finite, out of range, or has an unknown label. */
  "output_invalid",
  /** The recent answers were almost all the same. */
  "degenerate_output",
  /** The answer did not come in time. */
  "timeout",
  /** The predictor threw. */
  "predict_failed",
  /** The model was closed. */
  "closed",
] as const;

/** Why a model could not be loaded or could not answer. */
export type ModelErrorCode = (typeof MODEL_ERROR_CODES)[number];

/** Why a model gave no answer. The underlying error is the `cause`. */
export class ModelError extends Error {
  readonly code: ModelErrorCode;

  /** @param message What happened, as one phrase without the model's name: `Input holds NaN in 'rsi_14'`. */
  constructor(code: ModelErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "ModelError";
    this.code = code;
  }

  /** What `JSON.stringify` keeps; without this, an error has no message there. `cause` is the message of the cause, if any. */
  toJSON(): { name: string; code: ModelErrorCode; message: string; cause?: string } {
    const { name, code, message, cause } = this;
    return { name, code, message, ...(cause !== undefined && { cause: messageOf(cause) }) };
  }
}
