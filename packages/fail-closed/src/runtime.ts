import type { Answer, CallContext, ModelInput } from "./predictor.js";
import type { ModelManifest } from "./manifest.js";

/** Opens model files of one kind. `onnxRuntime()` of `@qsc/fail-closed/onnx` is one. */
export interface Runtime {
  /** The `kind` of the manifests that it understands. */
  readonly kind: string;

  /**
   * Opens a model from bytes that were already read and hashed. It must not read any file, not even one that the model
   * names.
   * @throws ModelError, which is kept; anything else makes the model `model_corrupt`.
   */
  open(bytes: Uint8Array, manifest: ModelManifest): Promise<RuntimeSession>;
}

/** A model, opened. */
export interface RuntimeSession {
  /** The model's own shape, batch first; null for an open dimension, or if there is no shape. */
  readonly inputShape: readonly (number | null)[] | null;
  /** How many labels the model itself has; null if it does not say. */
  readonly labelCount: number | null;

  /** @throws ModelError, which is kept; anything else becomes `predict_failed`. */
  predict(input: ModelInput, context: CallContext): Answer | Promise<Answer>;

  /** Frees the session. Called once, after the last answer. */
  close(): Promise<void>;
}
