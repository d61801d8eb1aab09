import type * as Onnx from "onnxruntime-node";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ModelError } from "../errors.js";
import type { Answer } from "../predictor.js";
import { listed } from "../words.js";
import { findExternalTensor } from "./external-data.js";
import { importOnnx } from "./import-onnx.js";
import { labelOutputsOf, requireSameLabel, type LabelOutput } from "./label-output.js";
import type { OpenQuestion, SessionFacts, SessionManifest } from "./messages.js";
import { metadataOf } from "./own-classes.js";
import { requireOwnNames } from "./own-names.js";
import { inputOf, outputOf, type Port } from "./ports.js";
import { readProbabilities } from "./probabilities.js";
import { toFloat32 } from "./to-float32.js";

/** Errors are thrown and reported by the model: the runtime itself must not write to stderr. */
const FATAL_ONLY = 4;

/**
 * Where the runtime looks for weights outside the model's bytes: below a file, where nothing can exist. By default it
 * would take them from the working directory, which no hash covers.
 */
const NOWHERE = `${process.execPath}/no-external-data`;

/** An open session in the computing thread. It is freed with that thread. */
export class OnnxSession {
  readonly facts: SessionFacts;
  readonly #onnx: typeof Onnx;
  readonly #session: InferenceSession;
  readonly #manifest: SessionManifest;
  readonly #input: Port;
  readonly #output: Port;
  readonly #labelOutputs: readonly LabelOutput[];

  /** @throws ModelError if the model is not as the manifest declares; Error if it is not a model. */
  static async open({ bytes, manifest, threads }: OpenQuestion): Promise<OnnxSession> {
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
    return new OnnxSession(onnx, session, manifest, bytes);
  }

  private constructor(onnx: typeof Onnx, session: InferenceSession, manifest: SessionManifest, bytes: Uint8Array) {
    this.#onnx = onnx;
    this.#session = session;
    this.#manifest = manifest;
    this.#input = inputOf(session, manifest);
    this.#output = outputOf(session, manifest);
    requireOwnNames(metadataOf(bytes), manifest);
    this.#labelOutputs = labelOutputsOf(session, this.#output.name, manifest.labels, bytes);
    this.facts = { inputShape: this.#input.shape, labelCount: this.#output.shape?.at(-1) ?? null };
  }

  /** @throws ModelError, or Error if the session fails */
  async predict(data: Float64Array): Promise<Answer> {
    const input = this.#tensorOf(data);
    try {
      const outputs = [this.#output.name, ...this.#labelOutputs.map(({ name }) => name)];
      return this.#read(await this.#session.run({ [this.#input.name]: input }, outputs));
    } finally {
      input.dispose();
    }
  }

  #tensorOf(data: Float64Array): Tensor {
    const { Tensor } = this.#onnx;
    const { input, features } = this.#manifest;
    if (this.#input.type === "float64") return new Tensor("float64", data, input.shape);
    return new Tensor("float32", toFloat32(data, features), input.shape);
  }

  #read(results: InferenceSession.ReturnType): Answer {
    const { labels } = this.#manifest;
    const output = tensorIn(results, this.#output.name);
    try {
      if (output === undefined) throw new ModelError("output_invalid", "Model gave no output");
      const { data, type } = output;
      if (!(data instanceof Float32Array || data instanceof Float64Array)) {
        throw new ModelError("output_invalid", `Output is of ${type}, expected float32 or float64`);
      }
      const answer = readProbabilities(data, labels);
      for (const own of this.#labelOutputs) requireSameLabel(own, tensorIn(results, own.name), data, labels);
      return answer;
    } finally {
      for (const value of Object.values(results)) value.dispose();
    }
  }
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

function tensorIn(results: InferenceSession.ReturnType, name: string): Tensor | undefined {
  return results[name];
}
