import type { Json, JsonObject } from "./json-value.js";

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/**
 * 64 bits of hash, as text, equal for equal values whatever the order of their keys. It is fast
 * and well spread, not cryptographic: it tells duplicates apart, it proves nothing.
 */
export function contentHash(value: Json): string {
  const lanes = new Lanes();
  lanes.value(value);
  return (lanes.high >>> 0).toString(36) + "." + (lanes.low >>> 0).toString(36);
}

/** Two lanes of 32 bits that hold the hash of the value taken last. */
class Lanes {
  high = 0;
  low = 0;

  value(value: Json): void {
    if (typeof value === "string") this.#string(value, 0x9e3779b1);
    else if (typeof value === "number") this.#number(value);
    else if (value === null) this.#finish(0x2545f491, 0x11);
    else if (typeof value === "boolean") this.#finish(0x27d4eb2f, value ? 0x22 : 0x33);
    else if (Array.isArray(value)) this.#array(value);
    else this.#object(value);
  }

  #string(text: string, seed: number): void {
    let high = 0xdeadbeef ^ seed ^ text.length;
    let low = 0x41c6ce57 ^ seed;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      high = Math.imul(high ^ code, 0x9e3779b1);
      low = Math.imul(low ^ code, 0x5f356495);
    }
    this.#finish(high, low);
  }

  #number(value: number): void {
    // -0 is 0, and there is one NaN.
    double[0] = value + 0;
    this.#finish((words[0] ?? 0) ^ 0x1b873593, (words[1] ?? 0) ^ 0x51ed270b);
  }

  #array(values: readonly Json[]): void {
    let high = 0x6a09e667 ^ values.length;
    let low = 0x3c6ef372;
    for (const member of values) {
      this.value(member);
      high = Math.imul(high ^ this.high, 0x85ebca6b);
      low = Math.imul(low ^ this.low, 0xc2b2ae35);
    }
    this.#finish(high, low);
  }

  /** The members are added up, so that their order does not show. */
  #object(object: JsonObject): void {
    let high = 0x510e527f;
    let low = 0x1f83d9ab;
    for (const key of Object.keys(object)) {
      this.#string(key, 0x7feb352d);
      const keyHigh = this.high;
      const keyLow = this.low;
      this.value(object[key] ?? null);
      this.#finish(keyHigh ^ Math.imul(this.high, 0x846ca68b), keyLow ^ Math.imul(this.low, 0x2c1b3c6d));
      high = (high + this.high) | 0;
      low = (low + this.low) | 0;
    }
    this.#finish(high, low);
  }

  /** Spreads every bit over both lanes. */
  #finish(a: number, b: number): void {
    let high = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
    let low = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    high ^= high >>> 15;
    low ^= low >>> 15;
    this.high = high;
    this.low = low;
  }
}
