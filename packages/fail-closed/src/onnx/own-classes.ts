import { fieldsOf, integersOf, textOf, type Field } from "./protobuf.js";

/** The possible values of a graph's label output, in the order of the probabilities. */
export interface OwnClasses {
  readonly values: readonly string[];
  /** Whether they are whole numbers: ids, unless the manifest's labels are numbers too. */
  readonly areNumbers: boolean;
}

/** The fields of onnx.proto that are read here. */
const MODEL = { graph: 7, metadata: 14 } as const;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE = { input: 1, output: 2, op: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, ints: 8, strings: 9 } as const;
const TENSOR = { type: 2, strings: 6, ints: 7, name: 8, raw: 9 } as const;
const ENTRY = { key: 1, value: 2 } as const;

/** The number format int64, as onnx.proto numbers it. */
const INT64 = 7n;

/** Operators that pass a label through unchanged. */
const PASSING = new Set(["Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten"]);
/** Operators that pick one label from a constant list. */
const PICKING = new Set(["ArrayFeatureExtractor", "Gather"]);
/** Attributes in which a classifier lists its classes. */
const CLASS_LISTS = new Set(["classlabels_strings", "classlabels_ints", "classlabels_int64s"]);

interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly Uint8Array[];
}

/**
 * The classes that the graph lists for one of its outputs; null if it lists none. Recognizes the forms that converters
 * of scikit-learn, XGBoost and LightGBM write: a classifier's own list, or a pick from a list.
 * @throws RangeError for bytes that are not an ONNX model
 */
export function ownClassesOf(bytes: Uint8Array, output: string): OwnClasses | null {
  const graph = fieldsIn(bytes, MODEL.graph).flatMap((inner) => [...fieldsOf(inner)]);
  const nodes = bytesIn(graph, GRAPH.node).map(nodeOf);
  const constants = bytesIn(graph, GRAPH.initializer);
  let name = output;
  // Each step goes back one node, so that even an invalid cyclic graph terminates.
  for (let steps = 0; steps <= nodes.length; steps += 1) {
    const node = nodes.find(({ outputs }) => outputs.includes(name));
    const [first = ""] = node?.inputs ?? [];
    if (node === undefined) return null;
    if (PICKING.has(node.op)) return classesOfTensor(constants.find((tensor) => nameOfTensor(tensor) === first));
    if (!PASSING.has(node.op)) return name === node.outputs[0] ? classesOfClassifier(node) : null;
    name = first;
  }
  return null;
}

/** The metadata of the model's file, by key. @throws RangeError */
export function metadataOf(bytes: Uint8Array): ReadonlyMap<string, string> {
  return new Map(
    fieldsIn(bytes, MODEL.metadata).map((entry) => {
      const texts = new Map([...fieldsOf(entry)].map((field) => [field.number, textOf(field)]));
      return [texts.get(ENTRY.key) ?? "", texts.get(ENTRY.value) ?? ""];
    }),
  );
}

function nodeOf(bytes: Uint8Array): Node {
  const fields = [...fieldsOf(bytes)];
  const texts = (number: number): string[] => fields.filter((field) => field.number === number).map(textOf);
  const [op = ""] = texts(NODE.op);
  return { op, inputs: texts(NODE.input), outputs: texts(NODE.output), attributes: bytesIn(fields, NODE.attribute) };
}

function classesOfClassifier({ attributes }: Node): OwnClasses | null {
  for (const attribute of attributes) {
    const fields = [...fieldsOf(attribute)];
    const name = fields.find(({ number }) => number === ATTRIBUTE.name);
    if (name === undefined || !CLASS_LISTS.has(textOf(name))) continue;
    const classes = classesAmong(fields, ATTRIBUTE.strings, ATTRIBUTE.ints);
    if (classes !== null) return classes;
  }
  return null;
}

function classesOfTensor(tensor: Uint8Array | undefined): OwnClasses | null {
  if (tensor === undefined) return null;
  const fields = [...fieldsOf(tensor)];
  const raw = fields.find(({ number }) => number === TENSOR.raw)?.value;
  const type = fields.find(({ number }) => number === TENSOR.type)?.value;
  if (raw instanceof Uint8Array && type === INT64) return { values: rawIntegers(raw).map(String), areNumbers: true };
  return classesAmong(fields, TENSOR.strings, TENSOR.ints);
}

function classesAmong(fields: readonly Field[], strings: number, ints: number): OwnClasses | null {
  const texts = fields.filter(({ number }) => number === strings).map(textOf);
  if (texts.length > 0) return { values: texts, areNumbers: false };
  const numbers = fields.filter(({ number }) => number === ints).flatMap(integersOf);
  return numbers.length > 0 ? { values: numbers.map(String), areNumbers: true } : null;
}

function rawIntegers(raw: Uint8Array): bigint[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: Math.floor(raw.length / 8) }, (_, at) => view.getBigInt64(at * 8, true));
}

function nameOfTensor(tensor: Uint8Array): string {
  for (const field of fieldsOf(tensor)) if (field.number === TENSOR.name) return textOf(field);
  return "";
}

function fieldsIn(bytes: Uint8Array, number: number): Uint8Array[] {
  return bytesIn([...fieldsOf(bytes)], number);
}

function bytesIn(fields: readonly Field[], number: number): Uint8Array[] {
  return fields.flatMap((field) => (field.number === number && typeof field.value !== "bigint" ? [field.value] : []));
}
