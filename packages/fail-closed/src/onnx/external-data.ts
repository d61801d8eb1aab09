import { fieldsOf, textOf } from "./protobuf.js";

/** A tensor whose values are not in the model's file. */
export interface ExternalTensor {
  readonly name: string;
  /** The file, as the model names it. */
  readonly location: string;
}

type Part = "model" | "training" | "function" | "graph" | "node" | "attribute" | "sparse" | "tensor";

/** Where tensors are in the messages of onnx.proto: field numbers and their contents. */
const PARTS: Readonly<Record<Exclude<Part, "tensor">, Readonly<Record<number, Part>>>> = {
  model: { 7: "graph", 20: "training", 25: "function" },
  training: { 1: "graph", 2: "graph" },
  function: { 7: "node", 11: "attribute" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
};

/** Fields of a tensor, and of one entry of its external data. */
const TENSOR = { name: 8, externalData: 13, dataLocation: 14 } as const;
const ENTRY = { key: 1, value: 2 } as const;

/** Protobuf's own nesting limit. */
const DEEPEST = 100;

/**
 * The first tensor of an ONNX model whose values are outside the bytes: among the weights, in a node, a branch, a loop,
 * or a function.
 * @throws RangeError for bytes that are not an ONNX model
 */
export function findExternalTensor(bytes: Uint8Array): ExternalTensor | null {
  return findIn(bytes, "model", 0);
}

function findIn(bytes: Uint8Array, part: Part, depth: number): ExternalTensor | null {
  if (part === "tensor") return externalOf(bytes);
  if (depth > DEEPEST) throw new RangeError(`The model is nested deeper than ${DEEPEST} messages`);
  for (const { number, value } of fieldsOf(bytes)) {
    const inner = PARTS[part][number];
    const found = inner === undefined || typeof value === "bigint" ? null : findIn(value, inner, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function externalOf(bytes: Uint8Array): ExternalTensor | null {
  let [name, location, isExternal] = ["", "", false];
  for (const field of fieldsOf(bytes)) {
    if (field.number === TENSOR.name) name = textOf(field);
    if (field.number === TENSOR.dataLocation) isExternal ||= field.value !== 0n;
    if (field.number !== TENSOR.externalData || typeof field.value === "bigint") continue;
    isExternal = true;
    location = locationOf(field.value) ?? location;
  }
  return isExternal ? { name, location } : null;
}

function locationOf(entry: Uint8Array): string | null {
  const texts = new Map([...fieldsOf(entry)].map((field) => [field.number, textOf(field)]));
  return texts.get(ENTRY.key) === "location" ? (texts.get(ENTRY.value) ?? "") : null;
}
