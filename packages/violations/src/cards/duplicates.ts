import { invalidOption, QscError, rules } from "@qsc/contract";

/** Decisions at most this many events apart are recognised as the same. */
export const DUPLICATE_HORIZON: number = 2 ** 20;

/** What is known about a decision: not seen yet, seen with the same content, or seen with different content. */
export type Occurrence = "new" | "duplicate" | "conflict";

/** The horizon consists of this many generations of decisions; one more is being filled. */
const GENERATIONS = 4;
const GENERATION_SIZE = DUPLICATE_HORIZON / GENERATIONS;

/** Hashes of decisions, as tables of slots. */
type Table = Uint32Array<ArrayBuffer>;

/** What a `DuplicateFilter` of one part of a stream knows: enough to tell whether two parts share a decision. */
export interface PartDecisions {
  /** The tables with the first decisions, as many as a filter can look back on. */
  readonly first: readonly Table[];
  /** The tables with the last decisions. */
  readonly last: readonly Table[];
}

/**
 * Recognises decisions that were published before. Keeps 53-bit hashes of the last DUPLICATE_HORIZON decisions, and
 * of up to a quarter more, so that memory is bounded (at most 23 MB) however long the stream is. Among a million
 * decisions the chance of one false match is 6e-5.
 */
export class DuplicateFilter {
  /** Newest first. */
  #generations: readonly HashTable[] = [new HashTable()];
  /** The very first table, if it is kept. */
  #first: readonly HashTable[] | null;

  /** @param ofPart whether the input is one part of a stream: the first decisions are then kept too */
  constructor(ofPart = false) {
    rules.flag(ofPart, "ofPart");
    this.#first = ofPart ? this.#generations : null;
  }

  /**
   * Remembers a decision.
   * @returns whether it is new, repeats one, or contradicts one of the same key
   */
  see(decisionKey: string, contentKey: string): Occurrence {
    const occurrence = this.lookUp(decisionKey, contentKey);
    if (occurrence === "new") {
      const { low, high } = hash53(decisionKey);
      this.#unfilled().add(low, high, hash53(contentKey).low);
    }
    return occurrence;
  }

  /** What is known about a decision. Does not record it. */
  lookUp(decisionKey: string, contentKey: string): Occurrence {
    if (typeof decisionKey !== "string") throw invalidOption("decisionKey", decisionKey, "a text");
    if (typeof contentKey !== "string") throw invalidOption("contentKey", contentKey, "a text");
    const { low, high } = hash53(decisionKey);
    const content = hash53(contentKey).low;
    for (const generation of this.#generations) {
      const known = generation.contentOf(low, high);
      if (known !== null) return known === content ? "duplicate" : "conflict";
    }
    return "new";
  }

  #unfilled(): HashTable {
    const [youngest] = this.#generations;
    if (youngest !== undefined && youngest.size < GENERATION_SIZE) return youngest;
    const next = HashTable.full();
    this.#generations = [next, ...this.#generations.slice(0, GENERATIONS)];
    if (this.#first !== null && this.#first.length <= GENERATIONS) this.#first = [...this.#first, next];
    return next;
  }

  /**
   * The decisions seen, for `haveInCommon`. @throws QscError `invalid_option` when the filter was not made for a
   * part
   */
  decisions(): PartDecisions {
    if (this.#first === null)
      throw new QscError("invalid_option", "The filter keeps no first decisions; create it with ofPart = true.");
    return { first: this.#first.map(({ table }) => table), last: this.#generations.map(({ table }) => table) };
  }
}

/**
 * Whether one of the first decisions in `later` may be among the last of `earlier`: a single filter over both parts
 * might then have recognised a decision that the two filters counted as new.
 */
export function haveInCommon(earlier: PartDecisions, later: PartDecisions): boolean {
  decisionsRule(earlier, "earlier");
  decisionsRule(later, "later");
  const tables = earlier.last.map((table) => new HashTable(table));
  return later.first.some((table) => {
    for (let at = 0; at < table.length; at += WORDS) {
      const [low, high] = [table[at] ?? 0, table[at + 1] ?? 0];
      if ((low !== 0 || high !== 0) && tables.some((known) => known.contentOf(low, high) !== null)) return true;
    }
    return false;
  });
}

/** Three words per slot: the two of the key (0 and 0 mean an empty slot) and the content. */
const WORDS = 3;
const FULL = 0.7;
const MOST_SLOTS = Math.ceil(GENERATION_SIZE / FULL) + 1;
/** An outgrown table occupies memory until the next garbage collection, so grow in few steps. */
const GROWTH = 4;
const FIRST_SLOTS = Math.ceil(MOST_SLOTS / GROWTH ** 4);

/** Open addressing with linear probing, up to 70 % full. */
class HashTable {
  size = 0;
  #slots: number;
  #table: Table;

  constructor(table: Table = new Uint32Array(FIRST_SLOTS * WORDS)) {
    this.#table = table;
    this.#slots = table.length / WORDS;
  }

  /** A table that never grows: a stream that filled one generation will probably fill another. */
  static full(): HashTable {
    return new HashTable(new Uint32Array(MOST_SLOTS * WORDS));
  }

  get table(): Table {
    return this.#table;
  }

  contentOf(low: number, high: number): number | null {
    const at = this.#placeOf(low, high);
    return this.#isEmpty(at) ? null : (this.#table[at + 2] ?? 0);
  }

  add(low: number, high: number, content: number): void {
    if (this.size >= FULL * this.#slots) this.#grow();
    const at = this.#placeOf(low, high);
    if (this.#isEmpty(at)) this.size += 1;
    this.#table[at] = low;
    this.#table[at + 1] = high;
    this.#table[at + 2] = content;
  }

  #isEmpty(at: number): boolean {
    return this.#table[at] === 0 && this.#table[at + 1] === 0;
  }

  /** The slot that holds the key, or would. */
  #placeOf(low: number, high: number): number {
    let slot = Math.floor((low / 2 ** 32) * this.#slots);
    for (;;) {
      const at = slot * WORDS;
      if (this.#isEmpty(at) || (this.#table[at] === low && this.#table[at + 1] === high)) return at;
      slot = slot + 1 === this.#slots ? 0 : slot + 1;
    }
  }

  #grow(): void {
    const former = this.#table;
    this.#slots = Math.min(GROWTH * this.#slots, MOST_SLOTS);
    this.#table = new Uint32Array(this.#slots * WORDS);
    for (let from = 0; from < former.length; from += WORDS) {
      const low = former[from] ?? 0;
      const high = former[from + 1] ?? 0;
      if (low === 0 && high === 0) continue;
      const at = this.#placeOf(low, high);
      this.#table[at] = low;
      this.#table[at + 1] = high;
      this.#table[at + 2] = former[from + 2] ?? 0;
    }
  }
}

const tables = rules.listOf(rules.ruleOf(isTable, "a table of a DuplicateFilter"));
const decisionsRule = rules.shaped({ first: tables, last: tables });

/** Without an empty slot a search would never end. */
function isTable(value: unknown): boolean {
  if (!(value instanceof Uint32Array) || value.length === 0 || value.length % WORDS !== 0) return false;
  for (let at = 0; at < value.length; at += WORDS) if (value[at] === 0 && value[at + 1] === 0) return true;
  return false;
}

/** The two words of a hash. */
const hash = { low: 0, high: 0 };

/**
 * A 53-bit hash, never 0: two multiply-and-mix lanes over the UTF-16 code units. The next call overwrites the
 * result.
 */
function hash53(text: string): { readonly low: number; readonly high: number } {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  hash.low = a >>> 0;
  hash.high = b & 0x1f_ffff;
  if (hash.low === 0 && hash.high === 0) hash.low = 1;
  return hash;
}
