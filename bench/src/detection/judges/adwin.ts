/** Buckets per row. */
const PER_ROW = 5;
const CHECK_EVERY = 32;
const LEAST_PART = 5;
const DELTA = 0.002;

interface Row {
  readonly sums: number[];
  readonly squares: number[];
}

/**
 * ADWIN2 (Bifet & Gavaldà 2007, "Learning from time-changing data with adaptive windowing"): a window that is cut if
 * two parts of it differ by more than chance; delta = 0.002, a check every 32 values, five buckets per row, like its
 * published implementations.
 */
export class Adwin {
  /** Row i has buckets of 2^i values, oldest first; the last row has the oldest. */
  readonly #rows: Row[] = [{ sums: [], squares: [] }];
  #n = 0;
  #sum = 0;
  #squares = 0;
  #steps = 0;

  /** Adds a value in [0, 1]. Returns whether the window was cut. */
  add(x: number): boolean {
    this.#rows[0]?.sums.push(x);
    this.#rows[0]?.squares.push(x * x);
    this.#n += 1;
    this.#sum += x;
    this.#squares += x * x;
    this.#steps += 1;
    this.#compress();
    if (this.#steps % CHECK_EVERY !== 0) return false;
    let isCut = false;
    while (this.#differs()) {
      this.#dropOldest();
      isCut = true;
    }
    return isCut;
  }

  #compress(): void {
    for (let at = 0; at < this.#rows.length; at += 1) {
      const row = this.#rows[at];
      if (row === undefined || row.sums.length <= PER_ROW) return;
      this.#rows[at + 1] ??= { sums: [], squares: [] };
      const next = this.#rows[at + 1];
      next?.sums.push((row.sums.shift() ?? 0) + (row.sums.shift() ?? 0));
      next?.squares.push((row.squares.shift() ?? 0) + (row.squares.shift() ?? 0));
    }
  }

  #differs(): boolean {
    const n = this.#n;
    if (n < 2 * LEAST_PART) return false;
    const variance = Math.max(0, this.#squares / n - (this.#sum / n) ** 2);
    const log = Math.log((2 * Math.log(n)) / DELTA);
    let n0 = 0;
    let sum0 = 0;
    for (let at = this.#rows.length - 1; at >= 0; at -= 1) {
      for (const sum of this.#rows[at]?.sums ?? []) {
        n0 += 2 ** at;
        sum0 += sum;
        const n1 = n - n0;
        if (n1 < LEAST_PART) return false;
        if (n0 < LEAST_PART) continue;
        const inverse = 1 / n0 + 1 / n1;
        const bound = Math.sqrt(2 * inverse * variance * log) + (2 / 3) * inverse * log;
        if (Math.abs(sum0 / n0 - (this.#sum - sum0) / n1) > bound) return true;
      }
    }
    return false;
  }

  #dropOldest(): void {
    const at = this.#rows.length - 1;
    const row = this.#rows[at];
    if (row === undefined) return;
    this.#n -= 2 ** at;
    this.#sum -= row.sums.shift() ?? 0;
    this.#squares -= row.squares.shift() ?? 0;
    if (row.sums.length === 0 && at > 0) this.#rows.pop();
  }
}
