import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { manifestText } from "./files.js";
import { graphOf, onnxModel, port, tensor, TYPE, type Values } from "./onnx-writer.js";

/** Weights with which the first feature above 0 means SELL, and below 0 BUY. */
export const SELL_FIRST: readonly number[] = [4, 0, -4, 0, 0, 0, 0, 0, 0, 0, 0, 0];

const LINEAR = { op: "MatMul", inputs: ["x", "w"], outputs: ["l"] };
const SOFTMAX = { op: "Softmax", inputs: ["l"], outputs: ["y"], attributes: { axis: 1 } };
const Y = port("y", TYPE.float, [1, 3]);

const weights = (values: Values = { floats: SELL_FIRST }): Uint8Array => tensor("w", [4, 3], values);

interface Classifier {
  readonly values?: Values;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Three probabilities of four features, and nothing else. */
export function classifier({ values, metadata = {} }: Classifier = {}): Uint8Array {
  return onnxModel({ nodes: [LINEAR, SOFTMAX], constants: [weights(values)], metadata });
}

/** The same, which takes its weights from another file. */
export function withExternalData(location: string): Uint8Array {
  return classifier({ values: { external: { location } } });
}

/** The weights lie in a node, and outside of the file. */
export function withExternalConstant(location: string): Uint8Array {
  const constant = {
    op: "Constant",
    inputs: [],
    outputs: ["w"],
    attributes: { value: { tensor: weights({ external: { location } }) } },
  };
  return onnxModel({ nodes: [constant, LINEAR, SOFTMAX] });
}

/** The weights lie in a branch, and outside of the file. */
export function withExternalBranch(location: string): Uint8Array {
  const branch = (values: Values): Uint8Array =>
    graphOf({
      nodes: [{ op: "MatMul", inputs: ["x", "v"], outputs: ["b"] }],
      constants: [tensor("v", [4, 3], values)],
      outputs: [port("b", TYPE.float, [1, 3])],
    });
  const attributes = {
    then_branch: { graph: branch({ external: { location } }) },
    else_branch: { graph: branch({ floats: SELL_FIRST }) },
  };
  const one = {
    op: "Constant",
    inputs: [],
    outputs: ["one"],
    attributes: { value: { tensor: tensor("one", [], { ints: [1] }) } },
  };
  const yes = { op: "Cast", inputs: ["one"], outputs: ["yes"], attributes: { to: 9 } };
  return onnxModel({ nodes: [one, yes, { op: "If", inputs: ["yes"], outputs: ["l"], attributes }, SOFTMAX] });
}

/**
 * A model with a label output beside its probabilities: the place of the largest, picked out of a list if there is one.
 */
export function withLabelOutput(classes: Values | null, op = "ArgMax"): Uint8Array {
  const place = {
    op,
    inputs: ["l"],
    outputs: [classes === null ? "label" : "at"],
    attributes: { axis: 1, keepdims: 0 },
  };
  const pick = { op: "ArrayFeatureExtractor", domain: "ai.onnx.ml", inputs: ["names", "at"], outputs: ["label"] };
  const isText = classes !== null && "strings" in classes;
  return onnxModel({
    nodes: classes === null ? [LINEAR, SOFTMAX, place] : [LINEAR, SOFTMAX, place, pick],
    constants: classes === null ? [weights()] : [weights(), tensor("names", [countOf(classes)], classes)],
    outputs: [port("label", isText ? TYPE.string : TYPE.int64, ["n"]), Y],
  });
}

function countOf(values: Values): number {
  return "strings" in values ? values.strings.length : "ints" in values ? values.ints.length : 0;
}

/** A linear classifier as converters of scikit-learn write it, with its own list of classes. */
export function linearClassifier(classes: readonly string[] | readonly number[]): Uint8Array {
  const areTexts = classes.every((name) => typeof name === "string");
  const attributes = {
    [areTexts ? "classlabels_strings" : "classlabels_ints"]: classes,
    // Of each class the weights of the four features.
    coefficients: { floats: [4, 0, 0, 0, 0, 0, 0, 0, -4, 0, 0, 0] },
    intercepts: { floats: [0, 0, 0] },
    multi_class: 0,
    post_transform: "SOFTMAX",
  };
  const node = { op: "LinearClassifier", domain: "ai.onnx.ml", inputs: ["x"], outputs: ["label", "y"], attributes };
  return onnxModel({ nodes: [node], outputs: [port("label", areTexts ? TYPE.string : TYPE.int64, ["n"]), Y] });
}

/** A model of the logarithms of its features: NaN, or infinite, for zeros. */
export function logarithmic(): Uint8Array {
  const [log, linear] = [
    { op: "Log", inputs: ["x"], outputs: ["log"] },
    { ...LINEAR, inputs: ["log", "w"] },
  ];
  return onnxModel({ nodes: [log, linear, SOFTMAX], constants: [weights()] });
}

/** Puts a model and its manifest into a directory; answers the path of the manifest. */
export async function installBytes(
  directory: string,
  bytes: Uint8Array,
  given: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  await writeFile(join(directory, "model.onnx"), bytes);
  const path = join(directory, "manifest.json");
  await writeFile(path, manifestText({ output: { name: "y" }, ...given }));
  return path;
}

/** A model that answers by chance. */
export function random(): Uint8Array {
  const noise = { op: "RandomNormalLike", inputs: ["x"], outputs: ["noise"] };
  return onnxModel({ nodes: [noise, { ...LINEAR, inputs: ["noise", "w"] }, SOFTMAX], constants: [weights()] });
}
