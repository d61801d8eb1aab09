import type * as Onnx from "onnxruntime-node";
import { ModelError } from "../errors.js";
import { messageOf } from "../words.js";

/** @throws ModelError `model_missing` if the peer is not installed or fails to load */
export async function importOnnx(): Promise<typeof Onnx> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    const problem = `onnxruntime-node cannot be imported (npm install onnxruntime-node): ${messageOf(cause)}`;
    throw new ModelError("model_missing", problem, { cause });
  }
}
