import type { Json, JsonObject } from "./json-types.js";

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

const VALUE_SEED = 0x9e3779b1;
const KEY_SEED = 0x7feb352d;

/**
 * A 64-bit hash, as text. Equal values have equal hashes, whatever the order of their keys. It is fast and well
 * distributed, but not cryptographic: it finds duplicates and proves nothing.
 */
export function contentHash(value: Json): string {
  const lanes = new Lanes();
  lanes.value(value);
  return lanes.text();
}

/** The hash of a list whose values are hashed one after the other. */
export class ListHash {
  #high = 0;
  #low = 0;

  begin(length: number): void {
    this.#high = 0x6a09e667 ^ length;
    this.#low = 0x3c6ef372;
  }

  /** Adds the value whose hash is in the lanes. */
  take({ high, low }: Lanes): void {
    this.#high = Math.imul(this.#high ^ high, 0x85ebca6b);
    this.#low = Math.imul(this.#low ^ low, 0xc2b2ae35);
  }

  /** Leaves the hash of the list in the lanes. */
  end(lanes: Lanes): void {
    lanes.finish(this.#high, this.#low);
  }
}

/** The hash of an object whose members are hashed one after the other. Their order does not matter. */
export class ObjectHash {
  #high = 0;
  #low = 0;

  begin(): void {
    this.#high = 0x510e527f;
    this.#low = 0x1f83d9ab;
  }

  /** Adds the value whose hash is in the lanes as the member with this key. */
  take(lanes: Lanes, keyHigh: number, keyLow: number): void {
    lanes.finish(keyHigh ^ Math.imul(lanes.high, 0x846ca68b), keyLow ^ Math.imul(lanes.low, 0x2c1b3c6d));
    this.#high = (this.#high + lanes.high) | 0;
    this.#low = (this.#low + lanes.low) | 0;
  }

  /** Leaves the hash of the object in the lanes. */
  end(lanes: Lanes): void {
    lanes.finish(this.#high, this.#low);
  }
}

/** Two 32-bit lanes: the hash of the last value. */
export class Lanes {
  high = 0;
  low = 0;

  value(value: Json): void {
    if (typeof value === "string") this.string(value);
    else if (typeof value === "number") this.number(value);
    else if (value === null) this.finish(0x2545f491, 0x11);
    else if (typeof value === "boolean") this.finish(0x27d4eb2f, value ? 0x22 : 0x33);
    else if (Array.isArray(value)) this.#array(value);
    else this.#object(value);
  }

  string(text: string): void {
    this.#string(text, VALUE_SEED);
  }

  /** Hashes these bytes as ASCII text. A backslash escapes the next byte and is not part of the text. */
  ascii(bytes: Uint8Array, from: number, to: number): void {
    let length = 0;
    let low = 0x41c6ce57 ^ VALUE_SEED;
    for (let at = from; at < to; at++) {
      if (bytes[at] !== 0x5c) length++;
    }
    let high = 0xdeadbeef ^ VALUE_SEED ^ length;
    for (let at = from; at < to; at++) {
      const code = bytes[at] ?? 0;
      if (code === 0x5c) continue;
      high = Math.imul(high ^ code, 0x9e3779b1);
      low = Math.imul(low ^ code, 0x5f356495);
    }
    this.finish(high, low);
  }

  key(text: string): void {
    this.#string(text, KEY_SEED);
  }

  number(value: number): void {
    // -0 is 0, and there is one NaN.
    double[0] = value + 0;
    this.finish((words[0] ?? 0) ^ 0x1b873593, (words[1] ?? 0) ^ 0x51ed270b);
  }

  /** All 64 bits in eleven printable characters. */
  text(): string {
    const { high, low } = this;
    return String.fromCharCode(
      48 + (high >>> 26),
      48 + ((high >>> 20) & 63),
      48 + ((high >>> 14) & 63),
      48 + ((high >>> 8) & 63),
      48 + ((high >>> 2) & 63),
      48 + (((high & 3) << 4) | (low >>> 28)),
      48 + ((low >>> 22) & 63),
      48 + ((low >>> 16) & 63),
      48 + ((low >>> 10) & 63),
      48 + ((low >>> 4) & 63),
      48 + (low & 15),
    );
  }

  /** Spreads every bit over both lanes. */
  finish(a: number, b: number): void {
    let high = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
    let low = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    high ^= high >>> 15;
    low ^= low >>> 15;
    this.high = high;
    this.low = low;
  }

  #string(text: string, seed: number): void {
    let high = 0xdeadbeef ^ seed ^ text.length;
    let low = 0x41c6ce57 ^ seed;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      high = Math.imul(high ^ code, 0x9e3779b1);
      low = Math.imul(low ^ code, 0x5f356495);
    }
    this.finish(high, low);
  }

  #array(values: readonly Json[]): void {
    const list = new ListHash();
    list.begin(values.length);
    for (const member of values) {
      this.value(member);
      list.take(this);
    }
    list.end(this);
  }

  #object(object: JsonObject): void {
    const members = new ObjectHash();
    members.begin();
    for (const key of Object.keys(object)) {
      this.key(key);
      const { high, low } = this;
      this.value(object[key] ?? null);
      members.take(this, high, low);
    }
    members.end(this);
  }
}
