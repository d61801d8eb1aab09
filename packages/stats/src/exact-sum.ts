/** Each part of a sum is a whole multiple of 2^-26 of the one before it. */
const PART_BITS = 26;
/** So a sum keeps everything down to 2^-312: the fourth power of each double from 2^-26 to 1 is exact. */
const PARTS = 12;
/** After this number of terms the parts could leave the whole numbers that a double can hold, so they are emptied. */
const MOST_TERMS = 2 ** 24;
/** `x + c - c` rounds x to a multiple of the part's unit (Dekker 1971). */
const ROUNDERS = Float64Array.from({ length: PARTS }, (_, part) => 1.5 * 2 ** (52 - PART_BITS * (part + 1)));
/** How many of a part's units are 1. */
const PER_ONE = Float64Array.from({ length: PARTS }, (_, part) => 2 ** (PART_BITS * (part + 1)));

/** A sum is a whole number of 2^-312. */
export const SUM_BITS: number = PART_BITS * PARTS;

/**
 * The exact sum of doubles of at most 1 in magnitude, so that neither their order nor how they are divided matters. What
 * of a term is below 2^-312 is left out, in the same way each time.
 */
export class ExactSum {
  readonly #parts = new Float64Array(PARTS);
  #terms = 0;
  #emptied = 0n;

  /** Continues from a total, in units of 2^-312. */
  static from(total: bigint): ExactSum {
    const sum = new ExactSum();
    sum.#emptied = total;
    return sum;
  }

  /** Adds a double of at most 1 in magnitude, which is not checked. */
  add(term: number): void {
    let rest = term;
    for (let part = 0; part < PARTS && rest !== 0; part += 1) {
      const rounder = ROUNDERS[part] ?? NaN;
      const piece = rest + rounder - rounder;
      this.#parts[part] = (this.#parts[part] ?? NaN) + piece;
      rest -= piece;
    }
    this.#terms += 1;
    if (this.#terms >= MOST_TERMS) this.#empty();
  }

  /** Adds everything that another sum has. */
  merge(other: ExactSum): void {
    this.#emptied += other.total();
  }

  /** The sum, in units of 2^-312. */
  total(): bigint {
    this.#empty();
    return this.#emptied;
  }

  #empty(): void {
    for (let part = 0; part < PARTS; part += 1) {
      const units = (this.#parts[part] ?? NaN) * (PER_ONE[part] ?? NaN);
      this.#emptied += BigInt(units) << BigInt(SUM_BITS - PART_BITS * (part + 1));
    }
    this.#parts.fill(0);
    this.#terms = 0;
  }
}
