// A writer of small ONNX models: just enough of protobuf, with the field numbers of onnx.proto.

type Bytes = Uint8Array;

/** Number formats of tensors, as onnx.proto numbers them. */
export const TYPE = { float: 1, int64: 7, string: 8 } as const;

type Size = number | string;

/** One tensor of constants: its values, or where they lie outside the file. */
export type Values =
  | { readonly floats: readonly number[] }
  | { readonly ints: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly external: Readonly<Record<string, string>> };

type Attribute =
  | number
  | string
  | readonly string[]
  | readonly number[]
  | { readonly floats: readonly number[] }
  | { readonly tensor: Bytes }
  | { readonly graph: Bytes };

interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

interface Graph {
  readonly nodes: readonly Node[];
  readonly constants?: readonly Bytes[];
  readonly inputs?: readonly Bytes[];
  readonly outputs: readonly Bytes[];
}

/** The input of the models that are written here. */
const X = port("x", TYPE.float, [1, 4]);

/** A model with the input `x` of four features and the output `y` of three labels, unless it is told otherwise. */
export function onnxModel(
  given: Partial<Graph> & Pick<Graph, "nodes"> & { readonly metadata?: Readonly<Record<string, string>> },
): Bytes {
  const { metadata = {}, ...graph } = given;
  return message(
    varint(1, 8),
    bytes(8, message(text(1, ""), varint(2, 13))),
    bytes(8, message(text(1, "ai.onnx.ml"), varint(2, 2))),
    bytes(7, graphOf({ inputs: [X], outputs: [port("y", TYPE.float, [1, 3])], ...graph })),
    ...Object.entries(metadata).map(([key, value]) => bytes(14, message(text(1, key), text(2, value)))),
  );
}

export function graphOf({ nodes, constants = [], inputs = [], outputs }: Graph): Bytes {
  return message(
    ...nodes.map((node) => bytes(1, nodeOf(node))),
    text(2, "g"),
    ...constants.map((constant) => bytes(5, constant)),
    ...inputs.map((input) => bytes(11, input)),
    ...outputs.map((output) => bytes(12, output)),
  );
}

/** An input or output of a graph; a dimension that is a word is left open. */
export function port(name: string, type: number, shape: readonly Size[]): Bytes {
  const sizes = shape.map((size) =>
    bytes(1, typeof size === "number" ? message(varint(1, size)) : message(text(2, size))),
  );
  return message(text(1, name), bytes(2, message(bytes(1, message(varint(1, type), bytes(2, message(...sizes)))))));
}

export function tensor(name: string, dims: readonly number[], values: Values): Bytes {
  const head = [...dims.map((size) => varint(1, size)), text(8, name)];
  if ("floats" in values) return message(...head, varint(2, TYPE.float), bytes(9, floatsOf(values.floats)));
  if ("ints" in values) return message(...head, varint(2, TYPE.int64), ...values.ints.map((value) => varint(7, value)));
  if ("strings" in values)
    return message(...head, varint(2, TYPE.string), ...values.strings.map((value) => text(6, value)));
  const entries = Object.entries(values.external).map(([key, value]) =>
    bytes(13, message(text(1, key), text(2, value))),
  );
  return message(...head, varint(2, TYPE.float), ...entries, varint(14, 1));
}

function nodeOf({ op, inputs, outputs, domain = "", attributes = {} }: Node): Bytes {
  return message(
    ...inputs.map((input) => text(1, input)),
    ...outputs.map((output) => text(2, output)),
    text(4, op),
    text(7, domain),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, message(text(1, name), ...attributeOf(value)))),
  );
}

function attributeOf(value: Attribute): Bytes[] {
  if (typeof value === "number") return [varint(3, value), varint(20, 2)];
  if (typeof value === "string") return [text(4, value), varint(20, 3)];
  if ("floats" in value) return [bytes(7, floatsOf(value.floats)), varint(20, 6)];
  if ("tensor" in value) return [bytes(5, value.tensor), varint(20, 4)];
  if ("graph" in value) return [bytes(6, value.graph), varint(20, 5)];
  const items: readonly (string | number)[] = value;
  return items.every((item) => typeof item === "string")
    ? [...items.map((item) => text(9, item)), varint(20, 8)]
    : [...items.map((item) => varint(8, Number(item))), varint(20, 7)];
}

function floatsOf(values: readonly number[]): Bytes {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function message(...parts: readonly Bytes[]): Bytes {
  return Buffer.concat(parts);
}

function varint(field: number, value: number): Bytes {
  return message(key(field, 0), base128(BigInt.asUintN(64, BigInt(value))));
}

function bytes(field: number, value: Bytes): Bytes {
  return message(key(field, 2), base128(BigInt(value.length)), value);
}

function text(field: number, value: string): Bytes {
  return bytes(field, Buffer.from(value));
}

function key(field: number, wire: number): Bytes {
  return base128(BigInt((field << 3) | wire));
}

function base128(value: bigint): Bytes {
  const digits: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Uint8Array.of(...digits, Number(rest));
    digits.push(Number(rest & 127n) | 128);
  }
}
