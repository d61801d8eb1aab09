import type * as Onnx from "onnxruntime-node";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ModelError } from "../errors.js";
import type { Answer } from "../predictor.js";
import { importOnnx } from "./import-onnx.js";
import type { OpenQuestion, SessionFacts, SessionManifest } from "./messages.js";
import { inputOf, outputOf, type Port } from "./ports.js";
import { readProbabilities } from "./probabilities.js";
import { toFloat32 } from "./to-float32.js";

/** Errors are thrown, and told by the model: the runtime itself shall not write to stderr. */
const FATAL_ONLY = 4;

/** An open session, in the thread that computes. It is freed with that thread. */
export class OnnxSession {
  readonly facts: SessionFacts;
  readonly #onnx: typeof Onnx;
  readonly #session: InferenceSession;
  readonly #manifest: SessionManifest;
  readonly #input: Port;
  readonly #output: Port;

  /** @throws ModelError where the model is not of the kind that the manifest declares; Error where it is none. */
  static async open({ bytes, manifest, threads }: OpenQuestion): Promise<OnnxSession> {
    const onnx = await importOnnx();
    const options = { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: FATAL_ONLY } as const;
    return new OnnxSession(onnx, await onnx.InferenceSession.create(bytes, options), manifest);
  }

  private constructor(onnx: typeof Onnx, session: InferenceSession, manifest: SessionManifest) {
    this.#onnx = onnx;
    this.#session = session;
    this.#manifest = manifest;
    this.#input = inputOf(session, manifest);
    this.#output = outputOf(session, manifest);
    this.facts = { inputShape: this.#input.shape, labelCount: this.#output.shape?.at(-1) ?? null };
  }

  /** @throws ModelError, or Error where the session fails */
  async predict(data: Float64Array): Promise<Answer> {
    const input = this.#tensorOf(data);
    try {
      const results = await this.#session.run({ [this.#input.name]: input }, [this.#output.name]);
      return this.#read(results[this.#output.name]);
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

  #read(output: Tensor | undefined): Answer {
    if (output === undefined) throw new ModelError("output_invalid", "Model gave no output");
    try {
      const { data } = output;
      if (data instanceof Float32Array || data instanceof Float64Array) return readProbabilities(data, this.#manifest.labels);
      throw new ModelError("output_invalid", `Output is of ${output.type}, expected float32 or float64`);
    } finally {
      output.dispose();
    }
  }
}
