import { isNotFiniteText } from "@qsc/contract";
import { Lanes } from "../decode/content-hash.js";
import { KnownTexts } from "./known-texts.js";
import type { Leaf } from "./leaf.js";
import { NumberReader } from "./number-reader.js";

/**
 * A text with placeholders for values. Suppose that another text equals it byte for byte outside the placeholders, and
 * that each placeholder contains a value of the same kind in plain form (an ASCII text without quotes and escapes; a
 * finite number by JSON's grammar). Then it is the same document with those values: its keys, brackets and commas
 * cannot differ.
 */
export class Template {
  readonly #sample: DataView;
  readonly #leaves: readonly Leaf[];
  readonly #known: readonly (KnownTexts | null)[];
  readonly #numbers = new NumberReader();
  readonly #lanes = new Lanes();
  /** Where each leaf began and ended in the last text that matched. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;

  /** @param leaves in order of their positions in the sample */
  constructor(sample: Buffer, leaves: readonly Leaf[]) {
    this.#sample = viewOf(sample);
    this.#leaves = leaves;
    this.#known = leaves.map(({ kind, wanted }) =>
      kind === "text" && wanted === "often the same" ? new KnownTexts() : null,
    );
    this.#from = new Int32Array(leaves.length);
    this.#to = new Int32Array(leaves.length);
  }

  /** Whether these bytes match. If so, the leaves have their values. */
  match(bytes: Buffer, from: number, to: number): boolean {
    const view = viewOf(bytes);
    let at = from;
    let sample = 0;
    for (let index = 0; index < this.#leaves.length; index += 1) {
      const leaf = this.#leaves[index];
      if (leaf === undefined) return false;
      at = this.#literal(sample, leaf.from, view, at, to);
      if (at < 0) return false;
      this.#from[index] = at;
      at = leaf.kind === "number" ? this.#number(leaf, bytes, at, to) : this.#text(index, leaf, bytes, at, to);
      if (at < 0) return false;
      this.#to[index] = at;
      sample = leaf.to;
    }
    if (this.#literal(sample, this.#sample.byteLength, view, at, to) !== to) return false;
    this.#readTexts(bytes);
    return true;
  }

  /** The position, in the last text that matched, of `offset` in the sample, which is not in a leaf. */
  placeOf(offset: number, from: number): number {
    let place = from + offset;
    for (let index = 0; index < this.#leaves.length; index += 1) {
      const leaf = this.#leaves[index];
      if (leaf === undefined || leaf.to > offset) break;
      place = (this.#to[index] ?? 0) + offset - leaf.to;
    }
    return place;
  }

  /** Where these bytes continue after a literal part of the sample; -1 if they differ from it. */
  #literal(from: number, end: number, bytes: DataView, begin: number, to: number): number {
    const shift = begin - from;
    if (end + shift > to) return -1;
    const sample = this.#sample;
    if (end - from < 8) {
      for (let at = from; at < end; at += 1) if (sample.getUint8(at) !== bytes.getUint8(at + shift)) return -1;
      return end + shift;
    }
    // Read as doubles, because those need no allocation. Equal doubles have equal bytes except for 0 and -0, and JSON
    // never contains eight zero bytes.
    const last = end - 8;
    for (let at = from; at < last; at += 8) if (sample.getFloat64(at) !== bytes.getFloat64(at + shift)) return -1;
    return sample.getFloat64(last) === bytes.getFloat64(last + shift) ? end + shift : -1;
  }

  #number(leaf: Leaf, bytes: Buffer, at: number, to: number): number {
    const value = this.#numbers.read(bytes, at, to);
    if (Number.isNaN(value)) return -1;
    leaf.number = value;
    if (leaf.hashed) {
      this.#lanes.number(value);
      leaf.high = this.#lanes.high;
      leaf.low = this.#lanes.low;
    }
    return this.#numbers.end;
  }

  #text(index: number, leaf: Leaf, bytes: Buffer, at: number, to: number): number {
    const known = this.#known[index];
    const end = known === null || known === undefined ? -1 : known.find(leaf, bytes, at, to);
    if (end >= 0) return end;
    const place = endOfText(bytes, at, to);
    return leaf.watched && isNotFinite(bytes, at, place) ? -1 : place;
  }

  #readTexts(bytes: Buffer): void {
    for (let index = 0; index < this.#leaves.length; index += 1) {
      const leaf = this.#leaves[index];
      if (leaf === undefined || leaf.kind === "number") continue;
      const from = this.#from[index] ?? 0;
      const to = this.#to[index] ?? 0;
      const known = this.#known[index];
      if (known !== null && known !== undefined) {
        if (leaf.known < 0) known.add(leaf, bytes, from, to);
      } else {
        if (leaf.wanted === "own") leaf.text = bytes.toString("latin1", from, to);
        if (leaf.hashed) this.#hashText(leaf, bytes, from, to);
      }
    }
  }

  #hashText(leaf: Leaf, bytes: Buffer, from: number, to: number): void {
    this.#lanes.ascii(bytes, from, to);
    leaf.high = this.#lanes.high;
    leaf.low = this.#lanes.low;
  }
}

/** The end of a plain text: at a quote, or at the backslash before one; -1 if it is not plain. */
function endOfText(bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    const code = bytes[at] ?? 0;
    if (code === 0x22 || code === 0x5c) return at;
    if (code < 0x20 || code > 0x7e) return -1;
  }
  return -1;
}

/** The first characters of "nan", "inf" and the like: a sign, `n`, `i`, in any case. */
const BEGINNINGS = new Set(Buffer.from("+-nNiI"));

function isNotFinite(bytes: Buffer, from: number, to: number): boolean {
  let at = from;
  while (at < to && bytes[at] === 0x20) at += 1;
  return at < to && BEGINNINGS.has(bytes[at] ?? 0) && isNotFiniteText(bytes.toString("latin1", at, to));
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
