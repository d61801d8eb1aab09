import { Lanes, ListHash, ObjectHash } from "../decode/content-hash.js";
import type { Leaf } from "./leaf.js";
import type { Member, Outline } from "./outline.js";

/** Computes the hash of a part of a template for any entry that matches it, without building that part. */
export interface HashTree {
  /** Leaves the hash in the lanes, like `Lanes.value` for the value itself. */
  read(lanes: Lanes): void;
}

/** The hash tree of an outline. Marks its leaves to be hashed. */
export function hashTreeOf(outline: Outline): HashTree {
  switch (outline.kind) {
    case "leaf":
      outline.leaf.hashed = true;
      return new LeafHash(outline.leaf);
    case "word":
      return new WordHash(outline.value);
    case "list":
      return new ListTree(outline.items.map(hashTreeOf));
    case "object":
      return new ObjectTree(outline.members);
  }
}

class LeafHash implements HashTree {
  readonly #leaf: Leaf;

  constructor(leaf: Leaf) {
    this.#leaf = leaf;
  }

  read(lanes: Lanes): void {
    lanes.high = this.#leaf.high;
    lanes.low = this.#leaf.low;
  }
}

class WordHash implements HashTree {
  readonly #own = new Lanes();

  constructor(value: true | false | null) {
    this.#own.value(value);
  }

  read(lanes: Lanes): void {
    lanes.high = this.#own.high;
    lanes.low = this.#own.low;
  }
}

class ListTree implements HashTree {
  readonly #items: readonly HashTree[];
  readonly #hash = new ListHash();

  constructor(items: readonly HashTree[]) {
    this.#items = items;
  }

  read(lanes: Lanes): void {
    this.#hash.begin(this.#items.length);
    for (const item of this.#items) {
      item.read(lanes);
      this.#hash.take(lanes);
    }
    this.#hash.end(lanes);
  }
}

class ObjectTree implements HashTree {
  readonly #members: readonly { readonly high: number; readonly low: number; readonly value: HashTree }[];
  readonly #hash = new ObjectHash();

  constructor(members: readonly Member[]) {
    this.#members = members.map(({ key, value }) => {
      const lanes = new Lanes();
      lanes.key(key);
      return { high: lanes.high, low: lanes.low, value: hashTreeOf(value) };
    });
  }

  read(lanes: Lanes): void {
    this.#hash.begin();
    for (const { high, low, value } of this.#members) {
      value.read(lanes);
      this.#hash.take(lanes, high, low);
    }
    this.#hash.end(lanes);
  }
}
