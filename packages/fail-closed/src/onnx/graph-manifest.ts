import { invalidOption } from "@qsc/contract";
import { ModelError } from "../errors.js";
import { listed } from "../words.js";
import type { DraftOptions, ProbeInput } from "./draft-options.js";
import type { GraphDescription, GraphPort } from "./messages.js";

/** What a manifest says of the model's inside. */
export interface GraphManifest {
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly output: { readonly name: string };
  readonly features: readonly string[];
  readonly labels: readonly string[];
}

type Given = Pick<DraftOptions, "features" | "labels" | "output" | "inputs">;

/**
 * What the model's file says, completed by what is given. What is given goes first: that it agrees with the file is
 * checked when the model is loaded.
 * @throws QscError `invalid_option` for what neither says; ModelError `dimension_mismatch` for a model of another shape
 */
export function graphManifest(graph: GraphDescription, given: Given): GraphManifest {
  const [input, ...others] = graph.inputs;
  if (input === undefined || others.length > 0)
    throw new ModelError("dimension_mismatch", `Model has ${graph.inputs.length} inputs, expected one`);
  const features = given.features ?? graph.features;
  if (features === null) throw missing("features", `the names of ${counted(input.shape.at(-1), "features")}, in order`);
  const labels = labelsOf(graph, given);
  return {
    input: { name: input.name, shape: shapeOf(input, features.length, given.inputs?.[0]) },
    output: { name: given.output ?? probabilitiesOf(graph, labels.length).name },
    features,
    labels,
  };
}

function labelsOf({ labels, outputs }: GraphDescription, given: Given): readonly string[] {
  const listedByGraph = outputs.find(({ classes }) => classes !== null)?.classes ?? null;
  const known = given.labels ?? labels ?? listedByGraph;
  if (known !== null) return known;
  const size = outputs.find(isFloat)?.shape.at(-1);
  throw missing("labels", `the names of ${counted(size, "labels")}, in the order of the probabilities`);
}

function probabilitiesOf({ outputs }: GraphDescription, labels: number): GraphPort {
  const floats = outputs.filter(isFloat);
  const fitting = floats.filter(({ shape }) => shape.at(-1) === labels);
  const [only] = floats.length === 1 ? floats : fitting;
  if (only !== undefined && (floats.length === 1 || fitting.length === 1)) return only;
  const names = listed(outputs.map(({ name }) => name));
  throw missing("output", `the output with the probabilities, one of ${names}`);
}

function isFloat({ type }: GraphPort): boolean {
  return type === "float32" || type === "float64";
}

/** The input's shape for one answer. */
function shapeOf({ name, shape }: GraphPort, features: number, first: ProbeInput | undefined): readonly number[] {
  const rowsGiven = first === undefined ? null : rowsOf(first);
  if (shape.length === 2 || (shape.length === 0 && (rowsGiven ?? 1) === 1)) return [1, features];
  if (shape.length !== 3 && shape.length !== 0) {
    const expected = "expected 2, [1, features], or 3, [1, rows, features]";
    throw new ModelError(
      "dimension_mismatch",
      `Model's input ${listed([name])} has ${shape.length} dimensions, ${expected}`,
    );
  }
  const rows = shape[1] ?? rowsGiven;
  if (rows === null) throw missing("inputs", "at least one input, which says how many rows one has");
  return [1, rows, features];
}

function rowsOf(input: ProbeInput): number {
  if (isList(input)) return typeof input[0] === "number" ? 1 : input.length;
  return Math.max(...Object.values(input).map((column) => (typeof column === "number" ? 1 : column.length)));
}

function isList(input: ProbeInput): input is readonly number[] | readonly (readonly number[])[] {
  return Array.isArray(input);
}

function counted(size: number | null | undefined, what: string): string {
  return typeof size === "number" ? `the ${size} ${what}` : `the ${what}`;
}

function missing(option: keyof Given, expected: string): Error {
  return invalidOption(option, undefined, `${expected}, since the model's file does not say`);
}
