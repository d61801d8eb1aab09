import type { InferenceSession } from "onnxruntime-node";
import { ModelError, type ModelErrorCode } from "../errors.js";
import { listed } from "../words.js";
import type { SessionManifest } from "./messages.js";

type Metadata = InferenceSession.ValueMetadata;
type TensorMetadata = InferenceSession.TensorValueMetadata;

/** Number formats of tensors that can be filled from, and read as, a vector of numbers. */
type FloatType = "float32" | "float64";

/** An input or output of a model. */
export interface Port {
  readonly name: string;
  readonly type: FloatType;
  /** Batch first; null for an open dimension, or if there is no shape at all. */
  readonly shape: readonly (number | null)[] | null;
}

/**
 * The input to feed. A model with several inputs cannot be fed with one vector.
 * @throws ModelError `manifest_invalid` or `dimension_mismatch`
 */
export function inputOf({ inputMetadata }: InferenceSession, { input }: SessionManifest): Port {
  if (inputMetadata.length !== 1) {
    throw new ModelError("dimension_mismatch", `Model has ${inputMetadata.length} inputs, expected one`);
  }
  return portOf(choose(inputMetadata, input.name, "input"), "dimension_mismatch", "input");
}

/**
 * The output with the probabilities.
 * @throws ModelError `manifest_invalid`, or `output_invalid` if it cannot hold probabilities
 */
export function outputOf({ outputMetadata }: InferenceSession, { output }: SessionManifest): Port {
  return portOf(choose(outputMetadata, output.name, "output"), "output_invalid", "output");
}

function choose(ports: readonly Metadata[], name: string | null, kind: string): Metadata {
  const found = ports.filter((port) => name === null || port.name === name);
  const [port] = found;
  if (port !== undefined && found.length === 1) return port;
  const names = listed(ports.map((other) => other.name));
  const wish = name === null ? "does not say which" : `says ${listed([name])}`;
  throw new ModelError("manifest_invalid", `Manifest's '${kind}.name' ${wish}, the model has ${names}`);
}

function portOf(metadata: Metadata, code: ModelErrorCode, kind: string): Port {
  if (!isFloat(metadata)) {
    const type = metadata.isTensor ? `of ${metadata.type}` : "no tensor";
    throw new ModelError(code, `Model's ${kind} ${listed([metadata.name])} is ${type}, expected float32 or float64`);
  }
  const { name, type, shape } = metadata;
  return {
    name,
    type,
    shape: shape.length === 0 ? null : shape.map((size) => (typeof size === "number" ? size : null)),
  };
}

function isFloat(metadata: Metadata): metadata is TensorMetadata & { readonly type: FloatType } {
  return metadata.isTensor && (metadata.type === "float32" || metadata.type === "float64");
}
