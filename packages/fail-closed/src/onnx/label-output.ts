import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ModelError } from "../errors.js";
import { listed, shown } from "../words.js";
import { ownClassesOf, type OwnClasses } from "./own-classes.js";
import { requireSame } from "./own-names.js";

/** Number formats of a classifier's label output. */
const TYPES = new Set<string>(["string", "int64", "int32"]);

/** Probabilities closer than this count as equal: the graph may choose either as the label. */
const TIE = 1e-6;

/** An output in which the graph itself gives the label, next to the probabilities. */
export interface LabelOutput {
  readonly name: string;
  /** Index of the graph's label among the manifest's labels; -1 if it is not one of them. */
  readonly placeOf: (said: string) => number;
}

/**
 * The label outputs of a graph: outputs other than the probabilities that hold one text or whole number.
 * @throws ModelError `manifest_invalid` if the graph's classes are not the manifest's labels
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
 * Checks that a label output gives the label of the largest probability.
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
    throw new ModelError(
      "output_invalid",
      `Model's output ${listed([name])} ${what}, its probabilities say ${listed([label])}`,
    );
  };
  const values = output === undefined ? [] : Array.from(output.data as ArrayLike<unknown>);
  if (values.length === 0) refuse("holds no label");
  // With an open shape there may be several values; then it is not the label of one answer.
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
  // Numbers that the graph does not explain are indices.
  const values = classes?.values ?? (isText || areNumbered ? labels : labels.map((_, place) => String(place)));
  return (said) => values.indexOf(said);
}
