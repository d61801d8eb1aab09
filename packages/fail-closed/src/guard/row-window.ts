/** The last `rows` rows of one series, in a ring buffer: each row and each window is copied once. */
export class RowWindow {
  readonly #ring: Float64Array;
  readonly #rows: number;
  /** Rows recorded, at most `rows`. */
  #count = 0;
  /** Where the next row goes; the oldest row once the ring is full. */
  #next = 0;

  constructor(rows: number, features: number) {
    this.#rows = rows;
    this.#ring = new Float64Array(rows * features);
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === this.#rows;
  }

  /** Records one row; a full window drops its oldest. */
  add(row: Float64Array): void {
    this.#ring.set(row, this.#next * row.length);
    this.#next = (this.#next + 1) % this.#rows;
    if (!this.full) this.#count += 1;
  }

  /** A copy of a full window, oldest row first. */
  copy(): Float64Array {
    const start = (this.#ring.length / this.#rows) * this.#next;
    const copy = new Float64Array(this.#ring.length);
    copy.set(this.#ring.subarray(start));
    copy.set(this.#ring.subarray(0, start), this.#ring.length - start);
    return copy;
  }
}
