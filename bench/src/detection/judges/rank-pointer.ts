/** Follows one order statistic of a histogram while values come and go. */
export class RankPointer {
  readonly #counts: Int32Array;
  #bin = 0;
  /** How many values are in lower bins. */
  #below = 0;

  /** @param counts the histogram, which the caller updates before each call of `added` or `removed` */
  constructor(counts: Int32Array) {
    this.#counts = counts;
  }

  added(bin: number): void {
    if (bin < this.#bin) this.#below += 1;
  }

  removed(bin: number): void {
    if (bin < this.#bin) this.#below -= 1;
  }

  /** The value, in bins, at a real-valued 0-based rank, interpolated like the checks do. */
  at(rank: number): number {
    const position = Math.floor(rank);
    while (this.#below > position) {
      this.#bin -= 1;
      this.#below -= this.#counts[this.#bin] ?? 0;
    }
    while (this.#below + (this.#counts[this.#bin] ?? 0) <= position) {
      this.#below += this.#counts[this.#bin] ?? 0;
      this.#bin += 1;
    }
    if (rank === position || position + 1 < this.#below + (this.#counts[this.#bin] ?? 0)) return this.#bin;
    let next = this.#bin + 1;
    while (next < this.#counts.length && this.#counts[next] === 0) next += 1;
    return this.#bin + (rank - position) * (next - this.#bin);
  }
}
