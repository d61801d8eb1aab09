import { toFourDecimals } from "./observation.js";

/** What is remembered of the newest confidences, as plain JSON. */
export interface MemoryState {
  /** Oldest first. */
  readonly recent: readonly number[];
  readonly mean: number;
  readonly n: number;
  readonly candidate: number | null;
  readonly lead: number;
}

/** Confidences that the median is taken of. */
const RECENT = 31;
/** A value becomes a candidate for the most frequent one this many confidences later: a short run must not make it one. */
const LAG = 8;
/** By how much a candidate may lead at most, so that another can take its place. */
const LARGEST_LEAD = 16;
/** The mean forgets with this rate. */
const FORGET = 1 / 32;

/**
 * What can be told of a model's next confidence from those before it: bets may depend on this, and stay fair. O(1) time
 * and memory.
 */
export class ConfidenceMemory {
  readonly #ring = new Float64Array(RECENT);
  readonly #sorted = new Float64Array(RECENT);
  #n = 0;
  #mean = 0.5;
  #candidate: number | null = null;
  #lead = 0;

  /** Goes on from a state. @throws RangeError for one that cannot be */
  static from({ recent, mean, n, candidate, lead }: MemoryState): ConfidenceMemory {
    const isOnUnit = (x: number): boolean => Number.isFinite(x) && x >= 0 && x <= 1;
    const isKept = Number.isSafeInteger(n) && n >= 0 && recent.length === Math.min(n, RECENT) && recent.every(isOnUnit);
    if (
      !isKept ||
      !isOnUnit(mean) ||
      !Number.isSafeInteger(lead) ||
      !(candidate === null || Number.isSafeInteger(candidate))
    ) {
      throw new RangeError("no memory of confidences");
    }
    const memory = new ConfidenceMemory();
    for (const [index, x] of recent.entries()) memory.#ring[(n - recent.length + index) % RECENT] = x;
    memory.#sorted.set([...recent].sort((a, b) => a - b));
    memory.#n = n;
    memory.#mean = mean;
    memory.#candidate = candidate;
    memory.#lead = lead;
    return memory;
  }

  /** Of the newest 31; null before the first. */
  get median(): number | null {
    return this.#n === 0 ? null : (this.#sorted[this.#kept >> 1] ?? null);
  }

  /** Of the newest, the older the less; 1/2 before the first. */
  get mean(): number {
    return this.#mean;
  }

  /** The value that most of the newest have, if one has: to 4 decimals, as a whole number (Boyer & Moore 1991). */
  get candidate(): number | null {
    return this.#candidate;
  }

  add(x: number): void {
    if (this.#n >= LAG) this.#vote(toFourDecimals(this.#ring[(this.#n - LAG) % RECENT] ?? 0));
    const at = this.#n % RECENT;
    this.#insert(x, this.#n >= RECENT ? (this.#ring[at] ?? null) : null);
    this.#ring[at] = x;
    this.#n += 1;
    this.#mean += (x - this.#mean) * Math.max(FORGET, 1 / this.#n);
  }

  state(): MemoryState {
    const kept = this.#kept;
    const recent = Array.from({ length: kept }, (_, index) => this.#ring[(this.#n - kept + index) % RECENT] ?? 0);
    return { recent, mean: this.#mean, n: this.#n, candidate: this.#candidate, lead: this.#lead };
  }

  get #kept(): number {
    return Math.min(this.#n, RECENT);
  }

  #vote(value: number): void {
    if (value === this.#candidate) this.#lead = Math.min(this.#lead + 1, LARGEST_LEAD);
    else if (this.#lead > 0) this.#lead -= 1;
    else {
      this.#candidate = value;
      this.#lead = 1;
    }
  }

  /** Keeps the newest in order: one leaves where they are many enough, and one comes. */
  #insert(x: number, leaves: number | null): void {
    const sorted = this.#sorted;
    let at = leaves === null ? this.#kept : sorted.indexOf(leaves);
    for (; at > 0 && (sorted[at - 1] ?? 0) > x; at -= 1) sorted[at] = sorted[at - 1] ?? 0;
    const last = leaves === null ? this.#kept : RECENT - 1;
    for (; at < last && (sorted[at + 1] ?? 1) < x; at += 1) sorted[at] = sorted[at + 1] ?? 0;
    sorted[at] = x;
  }
}
