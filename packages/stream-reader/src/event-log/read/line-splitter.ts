import { Capture, type Captured, type RawRecord } from "./capture.js";
import { NO_LINES, type LinesBefore } from "./lines-before-range.js";

/** Splits a text into records, chunk by chunk. */
export interface Splitter {
  /** The records that end in this chunk, as slices of it. */
  push(chunk: Buffer): Iterable<RawRecord>;
  /** What is left if the text ends here: an unfinished record, or null. */
  rest(): RawRecord | null;
  /** Whether the text may end here, apart from an unfinished record. */
  readonly finished: boolean;
  /** Whether what is unfinished may still be being written. */
  readonly grows: boolean;
}

const NEWLINE = 0x0a;

/** Splits at line ends. Blank lines are skipped. */
export class LineSplitter implements Splitter {
  readonly finished = true;
  readonly grows = true;
  readonly #capture = new Capture();
  readonly #before: LinesBefore;
  #line = 1;
  #offset = 0;
  #start = 0;

  /**
   * @param before the lines of the event log before this text, so that places are numbered from the start of the log
   */
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

/** White space as JSON defines it. */
export function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}
