import type { InferenceSession } from "onnxruntime-node";
import { createSession } from "./create-session.js";
import type { GraphDescription, GraphPort } from "./messages.js";
import { metadataOf, ownClassesOf } from "./own-classes.js";
import { ownNames } from "./own-names.js";

/**
 * What a model says of itself. Its session is freed with the thread.
 * @throws ModelError if the bytes are not a whole model by themselves; Error if they are not a model
 */
export async function describeGraph(bytes: Uint8Array): Promise<GraphDescription> {
  const { session } = await createSession(bytes, 1);
  const metadata = metadataOf(bytes);
  return {
    inputs: session.inputMetadata.map((port) => portOf(port, null)),
    outputs: session.outputMetadata.map((port) => portOf(port, classesOf(bytes, port.name))),
    features: ownNames(metadata, "features")[0]?.[1] ?? null,
    labels: ownNames(metadata, "labels")[0]?.[1] ?? null,
  };
}

function portOf(port: InferenceSession.ValueMetadata, classes: GraphPort["classes"]): GraphPort {
  if (!port.isTensor) return { name: port.name, type: null, shape: [], classes };
  const { name, type, shape } = port;
  return { name, type, shape: shape.map((size) => (typeof size === "number" ? size : null)), classes };
}

/** Classes that are names: numbers are ids, and what they stand for is not in the graph. */
function classesOf(bytes: Uint8Array, output: string): GraphPort["classes"] {
  const classes = ownClassesOf(bytes, output);
  return classes === null || classes.areNumbers ? null : classes.values;
}
