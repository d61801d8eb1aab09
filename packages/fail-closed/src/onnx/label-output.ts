import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ModelError } from "../errors.js";
import { listed, shown } from "../words.js";
import { ownClassesOf, type OwnClasses } from "./own-classes.js";
import { requireSame } from "./own-names.js";

/** Number formats in which a classifier says its label. */
const TYPES = new Set<string>(["string", "int64", "int32"]);

/** Probabilities closer than this are equal: which of them is the label is the graph's own choice. */
const TIE = 1e-6;

/** An output in which the graph itself says the label, beside the probabilities. */
export interface LabelOutput {
  readonly name: string;
  /** Where among the manifest's labels the one is that the graph says; -1 for none of them. */
  readonly placeOf: (said: string) => number;
}

/**
 * The label outputs of a graph: those beside the probabilities that hold one text or whole number.
 * @throws ModelError `manifest_invalid` where the classes that the graph lists are not the manifest's labels
 */
export function labelOutputsOf(
  { outputMetadata }: InferenceSession,
  probabilities: string,
  labels: readonly string[],
  bytes: Uint8Array,
): readonly LabelOutput[] {
  return outputMetadata.flatMap((port) => {
    const isLabel = port.name !== probabilities && port.isTensor && TYPES.has(port.type) && holdsOne(port.shape);
    if (!isLabel) return [];
    const classes = ownClassesOf(bytes, port.name);
    return [{ name: port.name, placeOf: placesOf(port.name, port.type === "string", classes, labels) }];
  });
}

/**
 * Makes sure that a label output says the label of the largest probability.
 * @throws ModelError `output_invalid`
 */
export function requireSameLabel(
  { name, placeOf }: LabelOutput,
  output: Tensor | undefined,
  probabilities: Float32Array | Float64Array,
  labels: readonly string[],
): void {
  const largest = Math.max(...probabilities);
  const label = labels[probabilities.indexOf(largest)] ?? "";
  const refuse = (what: string): never => {
    throw new ModelError("output_invalid", `Model's output ${listed([name])} ${what}, its probabilities say ${listed([label])}`);
  };
  const values = output === undefined ? [] : Array.from(output.data as ArrayLike<unknown>);
  if (values.length === 0) refuse("holds no label");
  // More than one value, where the shape was left open, is not the label of one answer.
  if (values.length > 1) return;
  const said = String(values[0]);
  const probability = probabilities[placeOf(said)];
  if (probability === undefined || !(probability >= largest - TIE)) refuse(`says ${shown(said)}`);
}

function holdsOne(shape: readonly (number | string)[]): boolean {
  return shape.every((size) => typeof size === "string" || size === 1);
}

function placesOf(
  name: string,
  isText: boolean,
  classes: OwnClasses | null,
  labels: readonly string[],
): LabelOutput["placeOf"] {
  const areNumbered = labels.every((label) => /^-?\d+$/.test(label));
  if (classes !== null && (!classes.areNumbers || areNumbered)) {
    requireSame("labels", labels, classes.values, `output ${listed([name])}`);
  }
  if (classes !== null && classes.values.length !== labels.length) {
    const problem = `the model's output ${listed([name])} has ${classes.values.length}`;
    throw new ModelError("dimension_mismatch", `Manifest declares ${labels.length} labels, ${problem}`);
  }
  // Numbers that the graph does not explain are places.
  const values = classes?.values ?? (isText || areNumbered ? labels : labels.map((_, place) => String(place)));
  return (said) => values.indexOf(said);
}
