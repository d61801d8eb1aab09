import type * as Onnx from "onnxruntime-node";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ModelError } from "../errors.js";
import type { Answer } from "../predictor.js";
import { createSession } from "./create-session.js";
import { labelOutputsOf, requireSameLabel, type LabelOutput } from "./label-output.js";
import type { OpenQuestion, SessionFacts, SessionManifest } from "./messages.js";
import { metadataOf } from "./own-classes.js";
import { requireOwnNames } from "./own-names.js";
import { inputOf, outputOf, type Port } from "./ports.js";
import { readProbabilities } from "./probabilities.js";
import { toFloat32 } from "./to-float32.js";

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
    const { onnx, session } = await createSession(bytes, threads);
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

function tensorIn(results: InferenceSession.ReturnType, name: string): Tensor | undefined {
  return results[name];
}
