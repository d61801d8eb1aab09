/** Why a model is inactive. Telemetry, log line and metric name the same code. */
export const MODEL_ERROR_CODES = [
  /** The manifest is missing, no JSON, or lacks a key. */
  "manifest_invalid",
  /** The model's file, or its runtime, is not there. */
  "model_missing",
  /** The file is empty, cannot be read, or the runtime cannot open it. */
  "model_corrupt",
  /** The bytes that were read are not those that the manifest pins. */
  "hash_mismatch",
  /** The model does not answer the manifest's golden probe as the manifest says. */
  "probe_mismatch",
  /** The model's own input, or a vector it was given, has another shape than declared. */
  "dimension_mismatch",
  /** A feature, or the symbol, that the model needs is not there. */
  "input_missing",
  /** A feature is NaN, infinite, no number, or too large for the model's number format. */
  "input_not_finite",
  /** A sequence model has seen too few rows of this symbol. */
  "insufficient_history",
  /** The answer is not finite, out of range, or has an unknown label. */
  "output_invalid",
  /** The last answers were all but one and the same. */
  "degenerate_output",
  /** The answer did not come in time. */
  "timeout",
  /** The predictor threw. */
  "predict_failed",
  /** The model was closed. */
  "closed",
] as const;

export type ModelErrorCode = (typeof MODEL_ERROR_CODES)[number];

/** Why a model gave no answer. Whatever was thrown beneath is the `cause`. */
export class ModelError extends Error {
  readonly code: ModelErrorCode;

  /** @param message What happened, as one phrase without the model's name: `Input holds NaN in 'rsi_14'`. */
  constructor(code: ModelErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "ModelError";
    this.code = code;
  }
}
