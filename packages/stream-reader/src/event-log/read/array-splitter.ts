import { Capture, type Captured, type RawRecord } from "./capture.js";
import { isBlank, type Splitter } from "./line-splitter.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Splits JSON arrays, one after the other, into their elements without keeping an array in memory. It only follows
 * brackets and strings: the reader decides whether an element is JSON.
 */
export class ArraySplitter implements Splitter {
  readonly grows = false;
  readonly #capture = new Capture();
  #depth = 0;
  #inString = false;
  #escaped = false;
  #element = 0;
  #offset = 0;
  #start = 0;
  #separated = false;

  get finished(): boolean {
    return this.#depth === 0;
  }

  *push(chunk: Buffer): Generator<RawRecord> {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const cut = this.#step(chunk[at] ?? 0);
      if (cut === "inside") continue;
      const record = this.#take(chunk.subarray(from, at));
      from = at + 1;
      this.#start = this.#offset + from;
      // An element is missing if a comma has nothing before it, or nothing follows a comma before the end.
      const missing = cut === "comma" || (cut === "end" && this.#separated);
      this.#separated = cut === "comma";
      if (missing || !isBlank(record.bytes)) yield this.#counted(record);
    }
    if (from < chunk.length) this.#capture.keep(chunk.subarray(from));
    this.#offset += chunk.length;
  }

  rest(): RawRecord | null {
    const record = this.#take(Buffer.alloc(0));
    return isBlank(record.bytes) ? null : this.#counted(record);
  }

  /** Whether this byte ends a record: a comma after an element, the begin or end of the array, or a line of junk. */
  #step(byte: number): "inside" | "comma" | "begin" | "end" | "line" {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return "inside";
    }
    if (byte === QUOTE && this.#depth > 0) this.#inString = true;
    else if (byte === OPEN || byte === OPEN_BRACE) return this.#depth++ === 0 ? "begin" : "inside";
    else if (byte === CLOSE || byte === CLOSE_BRACE) return this.#closed();
    else if (byte === COMMA && this.#depth === 1) return "comma";
    else if (byte === NEWLINE && this.#depth === 0) return "line";
    return "inside";
  }

  #closed(): "inside" | "end" {
    if (this.#depth === 0) return "inside";
    this.#depth--;
    return this.#depth === 0 ? "end" : "inside";
  }

  #take(last: Buffer): Captured & Pick<RawRecord, "start"> {
    return { ...this.#capture.take(last), start: this.#start };
  }

  #counted(record: Captured & Pick<RawRecord, "start">): RawRecord {
    return { ...record, place: `element ${++this.#element}` };
  }
}
