const CR = 0x0d;
const LF = 0x0a;
const DOLLAR = 0x24;
/** `$`, up to ten digits, and what ends the line. */
const MOST_HEADER = 13;

/** Passes over the rest of an entry that is too large to be kept, whatever the number and the size of its fields. */
export class EntrySkip {
  #fields: number;
  #bytes: number;
  /** What is still to be passed over of the field at hand, its line end included. */
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

  /** Where the entry ends in a chunk; -1 where it goes on behind it. @throws TypeError for bytes that are no entry */
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

  /** Reads `$<number>\r\n`; where it ends, or -1 while it is not all there. */
  #readHeader(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const code = chunk[at] ?? 0;
      if (code === LF) {
        this.#begin();
        return at + 1;
      }
      if (code !== CR) this.#header += String.fromCharCode(code);
      if (this.#header.length > MOST_HEADER || this.#header.charCodeAt(0) !== DOLLAR) throw new TypeError("Protocol error: another kind of reply");
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
