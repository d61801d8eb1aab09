/** Decisions at most this many events apart are recognised as the same. */
export const DUPLICATE_HORIZON: number = 2 ** 20;

/** What is known of a decision: first seen, seen with the same content, or with another. */
export type Occurrence = "new" | "duplicate" | "conflict";

/**
 * Recognises a decision that was published before. Keeps 53-bit hashes in two generations of
 * DUPLICATE_HORIZON decisions each, so that memory is bounded (50 MB at the most) whatever the
 * length of the stream; among a million decisions the chance of one false match is 6e-5.
 */
export class DuplicateFilter {
  #young = new HashTable();
  #old = new HashTable();

  see(decisionKey: string, contentKey: string): Occurrence {
    const decision = hash53(decisionKey);
    const content = hash53(contentKey) >>> 0;
    const known = this.#young.get(decision) ?? this.#old.get(decision);
    if (known !== null) return known === content ? "duplicate" : "conflict";
    if (this.#young.size >= DUPLICATE_HORIZON) {
      this.#old = this.#young;
      this.#young = new HashTable();
    }
    this.#young.set(decision, content);
    return "new";
  }
}

/** Open addressing with linear probing, at most half full. 0 marks an empty slot. */
class HashTable {
  size = 0;
  #keys = new Float64Array(1024);
  #values = new Uint32Array(1024);

  get(key: number): number | null {
    const slot = this.#slotOf(key);
    return this.#keys[slot] === key ? (this.#values[slot] ?? null) : null;
  }

  set(key: number, value: number): void {
    if (this.size * 2 >= this.#keys.length) this.#grow();
    const slot = this.#slotOf(key);
    if (this.#keys[slot] === 0) this.size += 1;
    this.#keys[slot] = key;
    this.#values[slot] = value;
  }

  #slotOf(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = (key % 0x1_0000_0000) & mask;
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Float64Array(keys.length * 2);
    this.#values = new Uint32Array(keys.length * 2);
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] ?? 0;
      if (key === 0) continue;
      const slot = this.#slotOf(key);
      this.#keys[slot] = key;
      this.#values[slot] = values[index] ?? 0;
    }
  }
}

/** A hash of 53 bits, never 0: two multiply-and-mix lanes over the UTF-16 code units. */
function hash53(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 0x1_0000_0000 * (b & 0x1f_ffff) + (a >>> 0) || 1;
}
