const CR = 0x0d;
const LF = 0x0a;
const DOLLAR = 0x24;
/** `$`, up to ten digits, and the line end. */
const MOST_HEADER = 13;

/** Skips the rest of an entry that is too large to keep, whatever the number and size of its fields. */
export class EntrySkip {
  #fields: number;
  #bytes: number;
  /** The bytes still to skip of the current field, including its line end. */
  #left = 0;
  #header = "";

  /**
   * @param fields how many names and values are still to come
   * @param bytes the size of those before
   */
  constructor(fields: number, bytes: number) {
    this.#fields = fields;
    this.#bytes = bytes;
  }

  /** The size of the entry so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The position in the chunk where the entry ends; -1 if it continues. @throws TypeError if the bytes are not an entry
   */
  take(chunk: Buffer): number {
    let at = 0;
    for (;;) {
      const passed = Math.min(this.#left, chunk.length - at);
      this.#left -= passed;
      at += passed;
      if (this.#left > 0) return -1;
      if (this.#fields === 0) return at;
      at = this.#readHeader(chunk, at);
      if (at < 0) return -1;
    }
  }

  /** Reads `$<number>\r\n`. Returns where it ends, or -1 until it has all arrived. */
  #readHeader(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const code = chunk[at] ?? 0;
      if (code === LF) {
        this.#begin();
        return at + 1;
      }
      if (code !== CR) this.#header += String.fromCharCode(code);
      if (this.#header.length > MOST_HEADER || this.#header.charCodeAt(0) !== DOLLAR)
        throw new TypeError("Protocol error: another kind of reply");
    }
    return -1;
  }

  #begin(): void {
    const digits = this.#header.slice(1);
    if (!/^\d{1,10}$/.test(digits)) throw new TypeError("Protocol error: a length that is not a number");
    this.#header = "";
    this.#fields -= 1;
    this.#bytes += Number(digits);
    this.#left = Number(digits) + 2;
  }
}
