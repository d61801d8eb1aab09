import { Capture, type Captured, type RawRecord } from "./capture.js";
import { NO_LINES, type LinesBefore } from "./lines-before-range.js";

/** Cuts a text into records, chunk by chunk. */
export interface Splitter {
  /** The records that end in this chunk, as parts of it. */
  push(chunk: Buffer): Iterable<RawRecord>;
  /** What is left when the text ends here: an unfinished record, or null. */
  rest(): RawRecord | null;
  /** Whether the text may end here, apart from an unfinished record. */
  readonly finished: boolean;
  /** Whether what is unfinished may be in the course of being written. */
  readonly grows: boolean;
}

const NEWLINE = 0x0a;

/** Cuts at line ends; blank lines are no records. */
export class LineSplitter implements Splitter {
  readonly finished = true;
  readonly grows = true;
  readonly #capture = new Capture();
  readonly #before: LinesBefore;
  #line = 1;
  #offset = 0;
  #start = 0;

  /** @param before the lines of the event log before the text, which count for the places of records */
  constructor(before: LinesBefore = NO_LINES) {
    this.#before = before;
  }

  *push(chunk: Buffer): Generator<RawRecord> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const record = this.#take(chunk.subarray(from, end));
      from = end + 1;
      this.#line++;
      this.#start = this.#offset + from;
      if (!isBlank(record.bytes)) yield record;
    }
    if (from < chunk.length) this.#capture.keep(chunk.subarray(from));
    this.#offset += chunk.length;
  }

  rest(): RawRecord | null {
    const record = this.#take(Buffer.alloc(0));
    return isBlank(record.bytes) ? null : record;
  }

  #take(last: Buffer): RawRecord {
    return new Line(this.#capture.take(last), this.#start, this.#before, this.#line);
  }
}

class Line implements RawRecord {
  readonly bytes: Buffer;
  readonly whole: boolean;
  readonly start: number;
  readonly #before: LinesBefore;
  readonly #line: number;

  constructor({ bytes, whole }: Captured, start: number, before: LinesBefore, line: number) {
    this.bytes = bytes;
    this.whole = whole;
    this.start = start;
    this.#before = before;
    this.#line = line;
  }

  get place(): string {
    return `line ${this.#before.count + this.#line}`;
  }
}

/** White space only, as JSON has it. */
export function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}
