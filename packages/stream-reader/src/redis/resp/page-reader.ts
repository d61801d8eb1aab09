import { MAX_ENTRY_BYTES, type EntryId } from "@qsc/contract";
import { replyId } from "./entry.js";
import { EntrySkip } from "./entry-skip.js";
import type { EntryPlaces } from "./reply-page.js";

const CR = 0x0d;
const STAR = 0x2a;
const DOLLAR = 0x24;
const FIRST_BYTES = 64 * 1024;
/** The entry was skipped. */
const PASSED = -2;
/**
 * An entry with more names and values is too large, however short they are: each has at least one byte, unless it is
 * empty.
 */
const MOST_FIELDS = 2 ** 17;

/**
 * Collects the reply to one XRANGE as it arrives, and notes the position of each name and value of each entry. The
 * bytes stay in one piece, which the entries share; only the IDs become text. Of an entry that is too large, only the
 * ID and the size are kept; the rest is skipped as it arrives.
 */
export class PageReader {
  readonly #most: number;
  #bytes: Buffer;
  #filled = 0;
  /** The position after the last complete entry. */
  #read = 0;
  /** How many entries are still to come; -1 until the reply says. */
  #left = -1;
  #places: Int32Array;
  #placed = 0;
  /** Where the positions of the current entry begin. */
  #placedBefore = 0;
  #value = 0;
  readonly #first: number[] = [];
  readonly #ids: EntryId[] = [];
  readonly #tooLarge = new Map<number, number>();
  /** The entry that is being skipped; null if there is none. */
  #skip: EntrySkip | null = null;

  /**
   * @param most how many entries were asked for
   * @param like the size in bytes of an earlier reply that this one may resemble
   */
  constructor(most: number, like: number) {
    this.#most = most;
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, like + like / 8) | 0);
    this.#places = new Int32Array(4096);
  }

  get size(): number {
    return this.#read;
  }

  /** The entries, once all have arrived. */
  get entries(): EntryPlaces {
    return {
      bytes: this.#bytes.subarray(0, this.#read),
      places: this.#places,
      first: Int32Array.of(...this.#first, this.#placed),
      ids: this.#ids,
      tooLarge: this.#tooLarge,
    };
  }

  /**
   * Adds what has arrived, starting at `from`. Returns how much of it belongs to the reply once the reply is complete,
   * else -1.
   * @throws TypeError if the bytes are not a reply to this XRANGE
   */
  take(chunk: Buffer, from: number): number {
    const arrived = chunk.subarray(from);
    const rest = this.#skip === null ? arrived : this.#pass(this.#skip, arrived);
    if (rest === null) return -1;
    this.#keep(rest);
    this.#readOn();
    return this.#left === 0 ? chunk.length - (this.#filled - this.#read) : -1;
  }

  #keep(arrived: Buffer): void {
    const needed = this.#filled + arrived.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#filled);
      this.#bytes = larger;
    }
    arrived.copy(this.#bytes, this.#filled);
    this.#filled = needed;
  }

  /** What follows the skipped entry; null if the entry continues. */
  #pass(skip: EntrySkip, arrived: Buffer): Buffer | null {
    this.#skip = skip;
    const end = skip.take(arrived);
    if (end < 0) return null;
    this.#skip = null;
    this.#tooLarge.set(this.#first.length, skip.bytes);
    this.#first.push(this.#placed);
    this.#left -= 1;
    return arrived.subarray(end);
  }

  /**
   * Skips the entry that begins at `#read`, from a field on. Drops what was kept of it.
   * @returns false if it has not all arrived yet
   */
  #passFrom(field: number, skip: EntrySkip): boolean {
    const arrived = Buffer.from(this.#bytes.subarray(field, this.#filled));
    this.#filled = this.#read;
    const rest = this.#pass(skip, arrived);
    if (rest !== null) this.#keep(rest);
    return rest !== null;
  }

  #readOn(): void {
    if (this.#left < 0) {
      const end = this.#number(0, STAR);
      if (end < 0) return;
      if (this.#value > this.#most) throw new TypeError("Protocol error: more entries than were asked for");
      this.#left = this.#value;
      this.#read = end;
    }
    while (this.#left > 0) {
      const placed = this.#placed;
      this.#placedBefore = placed;
      const end = this.#entry(this.#read);
      if (end === PASSED) continue;
      if (end < 0) {
        // Half an entry is read again when the rest has arrived.
        this.#placed = placed;
        return;
      }
      this.#first.push(placed);
      this.#read = end;
      this.#left -= 1;
    }
  }

  /** Reads one entry. Returns where it ends, `PASSED` if it was skipped, or -1 until it has all arrived. */
  #entry(from: number): number {
    let at = this.#number(from, STAR);
    if (at < 0) return -1;
    if (this.#value !== 2) throw new TypeError("Protocol error: an entry that is not a pair");
    at = this.#number(at, DOLLAR);
    if (at < 0) return -1;
    const idEnd = at + this.#value;
    const fieldsAt = this.#number(idEnd + 2, STAR);
    if (fieldsAt < 0) return -1;
    const fields = Math.max(0, this.#value);
    if (fields > MOST_FIELDS) return this.#tooLargeFrom(at, idEnd, fieldsAt, new EntrySkip(fields, 0));
    this.#makeRoom(2 * fields);
    let end = fieldsAt;
    let bytes = 0;
    for (let field = 0; field < fields; field += 1) {
      const begin = this.#number(end, DOLLAR);
      if (begin < 0) return -1;
      if (bytes + this.#value > MAX_ENTRY_BYTES)
        return this.#tooLargeFrom(at, idEnd, end, new EntrySkip(fields - field, bytes));
      bytes += this.#value;
      end = begin + this.#value;
      this.#places[this.#placed] = begin;
      this.#places[this.#placed + 1] = end;
      this.#placed += 2;
      end += 2;
    }
    if (end > this.#filled) return -1;
    this.#ids.push(replyId(this.#bytes.toString("latin1", at, idEnd)));
    return end;
  }

  #tooLargeFrom(id: number, idEnd: number, field: number, skip: EntrySkip): number {
    this.#ids.push(replyId(this.#bytes.toString("latin1", id, idEnd)));
    this.#placed = this.#placedBefore;
    return this.#passFrom(field, skip) ? PASSED : -1;
  }

  /** Reads `<kind><number>\r\n` into `#value`. Returns where it ends, or -1 until it has all arrived. */
  #number(from: number, kind: number): number {
    const bytes = this.#bytes;
    const filled = this.#filled;
    if (from >= filled) return -1;
    if (bytes[from] !== kind) throw new TypeError("Protocol error: another kind of reply");
    let at = from + 1;
    let value = 0;
    let digits = 0;
    for (; at < filled; at += 1) {
      const code = bytes[at] ?? 0;
      if (code === CR) break;
      const digit = code - 0x30;
      if (digit < 0 || digit > 9 || digits === 10) throw new TypeError("Protocol error: a length that is not a number");
      value = value * 10 + digit;
      digits += 1;
    }
    if (at + 1 >= filled) return -1;
    if (digits === 0) throw new TypeError("Protocol error: a length that is not a number");
    this.#value = value;
    return at + 2;
  }

  #makeRoom(places: number): void {
    if (this.#placed + places <= this.#places.length) return;
    const larger = new Int32Array(Math.max(this.#placed + places, 2 * this.#places.length));
    larger.set(this.#places);
    this.#places = larger;
  }
}
