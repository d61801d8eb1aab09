import type { Answer, CallContext, ModelInput } from "./predictor.js";
import type { ModelManifest } from "./manifest.js";

/** What opens model files of one kind. `onnxRuntime()` of `@qsc/fail-closed/onnx` is one. */
export interface Runtime {
  /** The `kind` of the manifests that it understands. */
  readonly kind: string;

  /**
   * Opens a model from bytes that were read and hashed already; it reads no file, and takes no byte
   * from one that the model names.
   * @throws ModelError as it stands; whatever else is thrown makes the model `model_corrupt`.
   */
  open(bytes: Uint8Array, manifest: ModelManifest): Promise<RuntimeSession>;
}

/** A model, opened. */
export interface RuntimeSession {
  /** Of the model itself, the batch first; null for a dimension, or the whole, that it leaves open. */
  readonly inputShape: readonly (number | null)[] | null;
  /** How many labels the model itself tells apart; null where it does not say. */
  readonly labelCount: number | null;

  /** @throws ModelError as it stands; whatever else is thrown is `predict_failed`. */
  predict(input: ModelInput, context: CallContext): Answer | Promise<Answer>;

  /** Frees the session. Called once, after the last answer. */
  close(): Promise<void>;
}
