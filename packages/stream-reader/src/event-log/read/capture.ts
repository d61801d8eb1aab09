/** Raw text of one entry beyond this size is not kept. 1 MiB of fields, escaped, is shorter. */
export const MAX_RECORD_BYTES: number = 8 * 1024 * 1024;
/** How much is kept of such a text: enough to find its ID. */
const HEAD_BYTES = 200;

/** The collected text of a record. */
export interface Captured {
  /** The whole text, or only its first bytes if it was too long to keep. */
  readonly bytes: Buffer;
  readonly whole: boolean;
}

/** The raw text of one entry, or of something that should have been one. */
export interface RawRecord extends Captured {
  /** The position to show to a person. Computing it may mean counting lines, so ask only to show it. */
  readonly place: string;
  /** The number of bytes before it in the source. */
  readonly start: number;
}

/** Collects the pieces of one record, up to the cap. */
export class Capture {
  #pieces: Buffer[] = [];
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Keeps a copy, so that the rest of the chunk can be freed. */
  keep(piece: Buffer): void {
    if (this.#size <= MAX_RECORD_BYTES) this.#pieces.push(Buffer.from(piece));
    this.#size += piece.length;
    if (this.#size > MAX_RECORD_BYTES && this.#pieces.length > 0) {
      this.#pieces = [Buffer.from(Buffer.concat(this.#pieces).subarray(0, HEAD_BYTES))];
      this.#size = Number.POSITIVE_INFINITY;
    }
  }

  /** Returns the text that ends with `last`, and empties the capture. */
  take(last: Buffer): Captured {
    if (this.#size === 0 && last.length <= MAX_RECORD_BYTES) return { bytes: last, whole: true };
    this.keep(last);
    const captured = { bytes: Buffer.concat(this.#pieces), whole: this.#size <= MAX_RECORD_BYTES };
    this.#pieces = [];
    this.#size = 0;
    return captured;
  }
}
