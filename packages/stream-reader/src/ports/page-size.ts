/** The most entries in a page, and approximately the most bytes. */
const MAX_ENTRIES = 200;
const PAGE_BYTES = 2 * 1024 * 1024;
/** Pages begin small and grow step by step, because the size of the entries is not known yet. */
const FIRST_ENTRIES = 50;
const GROWTH = 4;

/** How many entries to ask for, so that a page stays near 2 MiB whatever their size. */
export class PageSize {
  #count: number;

  /** `sample` is the known size of one entry, in bytes. */
  constructor(sample: number) {
    this.#count = Math.min(FIRST_ENTRIES, fitting(sample));
  }

  get count(): number {
    return this.#count;
  }

  /** Learns from a page. Its largest entry counts, because the next page may be full of such entries. */
  learn(largest: number): void {
    this.#count = Math.min(MAX_ENTRIES, fitting(largest), this.#count * GROWTH);
  }
}

function fitting(bytes: number): number {
  return Math.max(1, Math.floor(PAGE_BYTES / Math.max(1, bytes)));
}
