import { Lanes } from "../decode/content-hash.js";
import type { Leaf } from "./leaf.js";

/** How many different texts are remembered at one place, such as labels, names or a build. */
export const MOST_KNOWN = 8;
const LONGEST = 256;

interface Known {
  readonly bytes: Buffer;
  readonly text: string;
  readonly high: number;
  readonly low: number;
}

/** Texts that repeat at one place. Each is decoded and hashed only once. */
export class KnownTexts {
  readonly #known: Known[] = [];
  readonly #lanes = new Lanes();

  /** If a known text begins at `from`, tells the leaf which one and returns where it ends. Otherwise -1. */
  find(leaf: Leaf, bytes: Buffer, from: number, to: number): number {
    for (let index = 0; index < this.#known.length; index += 1) {
      const known = this.#known[index];
      if (known === undefined || !isBegin(known.bytes, bytes, from, to)) continue;
      leaf.known = index;
      leaf.text = known.text;
      leaf.high = known.high;
      leaf.low = known.low;
      return from + known.bytes.length;
    }
    leaf.known = -1;
    return -1;
  }

  /** Gives the leaf these bytes, which are not a known text. Remembers them if there is space. */
  add(leaf: Leaf, bytes: Buffer, from: number, to: number): void {
    const own = Buffer.from(bytes.subarray(from, to));
    leaf.text = own.toString("latin1");
    this.#lanes.string(leaf.text);
    const { high, low } = this.#lanes;
    leaf.high = high;
    leaf.low = low;
    if (this.#known.length >= MOST_KNOWN || own.length > LONGEST) return;
    leaf.known = this.#known.push({ bytes: own, text: leaf.text, high, low }) - 1;
  }
}

/** Whether a text begins at `from` and ends there, at a quote or at the backslash before one. */
function isBegin(text: Buffer, bytes: Buffer, from: number, to: number): boolean {
  const end = from + text.length;
  if (end >= to || (bytes[end] !== 0x22 && bytes[end] !== 0x5c)) return false;
  for (let at = 0; at < text.length; at += 1) if (text[at] !== bytes[from + at]) return false;
  return true;
}
