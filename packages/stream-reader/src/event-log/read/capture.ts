/** Raw text of one entry longer than this is not kept: 1 MiB of fields, escaped, is shorter. */
export const MAX_RECORD_BYTES: number = 8 * 1024 * 1024;
/** What is kept of such a text: enough to find its ID. */
const HEAD_BYTES = 200;

/** A text that was put together. */
export interface Captured {
  /** All of it; or its first bytes, when it was too long to keep. */
  readonly bytes: Buffer;
  readonly whole: boolean;
}

/** The raw text of one entry, or of what should have been one. */
export interface RawRecord extends Captured {
  /** Where it stands, for a person. It may have to be counted: only who shows it asks. */
  readonly place: string;
  /** Bytes of the source before it. */
  readonly start: number;
}

/** Collects the pieces of one record, never more than the cap. */
export class Capture {
  #pieces: Buffer[] = [];
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Keeps a copy: the piece is all that is wanted of its chunk. */
  keep(piece: Buffer): void {
    if (this.#size <= MAX_RECORD_BYTES) this.#pieces.push(Buffer.from(piece));
    this.#size += piece.length;
    if (this.#size > MAX_RECORD_BYTES && this.#pieces.length > 0) {
      this.#pieces = [Buffer.from(Buffer.concat(this.#pieces).subarray(0, HEAD_BYTES))];
      this.#size = Number.POSITIVE_INFINITY;
    }
  }

  /** The text that ends with `last`; the capture is empty again. */
  take(last: Buffer): Captured {
    if (this.#size === 0 && last.length <= MAX_RECORD_BYTES) return { bytes: last, whole: true };
    this.keep(last);
    const captured = { bytes: Buffer.concat(this.#pieces), whole: this.#size <= MAX_RECORD_BYTES };
    this.#pieces = [];
    this.#size = 0;
    return captured;
  }
}
