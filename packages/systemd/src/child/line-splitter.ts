/** A longer line is split. */
const MAX_BYTES = 48 * 1024;

/** Splits a process's output into lines. Bytes that are not UTF-8 become U+FFFD. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines completed by this chunk. */
  take(chunk: Buffer): readonly string[] {
    const lines: string[] = [];
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const newline = bytes.indexOf(10);
      const end = newline >= 0 && newline <= MAX_BYTES ? newline : bytes.length > MAX_BYTES ? MAX_BYTES : -1;
      if (end < 0) break;
      lines.push(bytes.toString("utf8", 0, end));
      bytes = bytes.subarray(end === newline ? end + 1 : end);
    }
    this.#rest = bytes;
    return lines;
  }

  /** The last line, if it has no newline. */
  end(): readonly string[] {
    return this.#rest.length === 0 ? [] : [this.#rest.toString("utf8")];
  }
}
