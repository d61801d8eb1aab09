/** One field of a protobuf message: a whole number, or bytes. */
export interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/** Length of a field's bytes by wire type; wire types 0 and 2 encode their own length. */
const FIXED = new Map([
  [1, 8],
  [5, 4],
]);

/**
 * The fields of a protobuf message, one after another. Bytes are views, not copies.
 * @throws RangeError for bytes that are not such a message
 */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const cursor = new Cursor(bytes);
  while (!cursor.isAtEnd) {
    const key = Number(cursor.varint());
    const [number, wire] = [Math.floor(key / 8), key % 8];
    if (wire === 0) yield { number, value: cursor.varint() };
    else yield { number, value: cursor.take(wire === 2 ? Number(cursor.varint()) : (FIXED.get(wire) ?? Infinity)) };
  }
}

/** Signed whole numbers of a repeated field, packed or not. */
export function integersOf({ value }: Field): bigint[] {
  if (typeof value === "bigint") return [BigInt.asIntN(64, value)];
  const cursor = new Cursor(value);
  const found: bigint[] = [];
  while (!cursor.isAtEnd) found.push(BigInt.asIntN(64, cursor.varint()));
  return found;
}

/** The text of a field; empty for a field that holds a number. */
export function textOf({ value }: Field): string {
  return typeof value === "bigint" ? "" : new TextDecoder().decode(value);
}

/** A position in bytes that advances as they are read. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) break;
      this.#at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new RangeError("A number of the protobuf message does not end");
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (!(end <= this.#bytes.length)) throw new RangeError("A field of the protobuf message is cut off");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
