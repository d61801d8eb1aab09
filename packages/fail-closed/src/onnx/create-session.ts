import type * as Onnx from "onnxruntime-node";
import type { InferenceSession } from "onnxruntime-node";
import { ModelError } from "../errors.js";
import { listed } from "../words.js";
import { findExternalTensor } from "./external-data.js";
import { importOnnx } from "./import-onnx.js";

/** Errors are thrown and reported by the model: the runtime itself must not write to stderr. */
const FATAL_ONLY = 4;

/**
 * Where the runtime looks for weights outside the model's bytes: below a file, where nothing can exist. By default it
 * would take them from the working directory, which no hash covers.
 */
const NOWHERE = `${process.execPath}/no-external-data`;

/**
 * A session on these bytes alone.
 * @throws ModelError if they are not a whole model by themselves; Error if they are not a model
 */
export async function createSession(
  bytes: Uint8Array,
  threads: number,
): Promise<{ readonly onnx: typeof Onnx; readonly session: InferenceSession }> {
  const onnx = await importOnnx();
  const isProtobuf = requireOneFile(bytes);
  const session = await onnx.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: FATAL_ONLY,
    extra: { session: { model_external_initializers_file_folder_path: NOWHERE } },
  });
  if (!isProtobuf) {
    const problem = "Model is not in ONNX's own format: what it takes from outside of its file cannot be told";
    throw new ModelError("model_corrupt", problem);
  }
  return { onnx, session };
}

/** Whether the bytes are an ONNX model that can be parsed here. @throws ModelError if weights are in another file. */
function requireOneFile(bytes: Uint8Array): boolean {
  let external;
  try {
    external = findExternalTensor(bytes);
  } catch {
    // The runtime describes better what is wrong with them.
    return false;
  }
  if (external === null) return true;
  const { name, location } = external;
  const where = `another file, ${listed([location])}, which its hash does not cover`;
  const problem = `Model takes ${listed([name])} from ${where}`;
  throw new ModelError("model_corrupt", `${problem}: save it as one file, without external data`);
}
