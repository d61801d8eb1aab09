import { Lanes } from "../decode/content-hash.js";
import type { Leaf } from "./leaf.js";

/** So many different texts at one place are remembered: labels, names, a build. */
export const MOST_KNOWN = 8;
const LONGEST = 256;

interface Known {
  readonly bytes: Buffer;
  readonly text: string;
  readonly high: number;
  readonly low: number;
}

/** The texts that keep coming back at one place: each is made, and hashed, once. */
export class KnownTexts {
  readonly #known: Known[] = [];
  readonly #lanes = new Lanes();
  #last = 0;

  /** Tells the leaf which text these bytes are. */
  read(leaf: Leaf, bytes: Buffer, from: number, to: number): void {
    const index = this.#indexOf(bytes, from, to);
    const found = this.#known[index];
    if (found === undefined) {
      leaf.known = -1;
      leaf.text = bytes.toString("latin1", from, to);
      this.#hash(leaf.text);
      leaf.high = this.#lanes.high;
      leaf.low = this.#lanes.low;
      return;
    }
    leaf.known = index;
    leaf.text = found.text;
    leaf.high = found.high;
    leaf.low = found.low;
  }

  #indexOf(bytes: Buffer, from: number, to: number): number {
    if (this.#is(this.#last, bytes, from, to)) return this.#last;
    for (let index = 0; index < this.#known.length; index += 1) {
      if (this.#is(index, bytes, from, to)) return (this.#last = index);
    }
    if (this.#known.length >= MOST_KNOWN || to - from > LONGEST) return -1;
    const own = Buffer.from(bytes.subarray(from, to));
    this.#hash(own.toString("latin1"));
    this.#known.push({ bytes: own, text: own.toString("latin1"), high: this.#lanes.high, low: this.#lanes.low });
    return (this.#last = this.#known.length - 1);
  }

  #hash(text: string): void {
    this.#lanes.string(text);
  }

  #is(index: number, bytes: Buffer, from: number, to: number): boolean {
    const known = this.#known[index]?.bytes;
    if (known?.length !== to - from) return false;
    for (let at = 0; at < known.length; at += 1) if (known[at] !== bytes[from + at]) return false;
    return true;
  }
}
