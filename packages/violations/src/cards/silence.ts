interface TimeRange {
  first: number;
  last: number;
}

/** Everything in a `Stretches` except its limit, as plain data. */
export type StretchesState = readonly Readonly<TimeRange>[];

/**
 * The stretches of time in which events follow one another without a silence longer than the limit. Grows with the
 * number of silences, not of events; the order of events never matters.
 */
export class Stretches {
  readonly #longestSilenceMs: number;
  /** Disjoint and ascending, each separated from the next by more than the allowed silence. */
  readonly #stretches: TimeRange[] = [];

  constructor(longestSilenceMs: number) {
    this.#longestSilenceMs = longestSilenceMs;
  }

  state(): StretchesState {
    return this.#stretches.map((stretch) => ({ ...stretch }));
  }

  /** Counts an event at a time in milliseconds. */
  add(ms: number): void {
    const last = this.#stretches.at(-1);
    // The newest stretch is too far from the one before for an event within its reach to join both.
    if (last !== undefined && ms >= last.first && ms <= last.last + this.#longestSilenceMs) {
      if (ms > last.last) last.last = ms;
    } else this.#cover({ first: ms, last: ms });
  }

  merge(other: Stretches): void {
    this.take(other.#stretches);
  }

  /** Adds the stretches of another instance with the same limit. */
  take(stretches: StretchesState): void {
    for (const stretch of stretches) this.#cover({ ...stretch });
  }

  /** The time of the first event, in milliseconds since 1970; null where there is none. */
  get firstMs(): number | null {
    return this.#stretches[0]?.first ?? null;
  }

  /** The longest silence between two events, in milliseconds; 0 when none exceeds the limit. */
  longestSilence(): { readonly ms: number; readonly from: number } {
    let longest = { ms: 0, from: 0 };
    this.#stretches.forEach(({ first }, index) => {
      const before = this.#stretches[index - 1];
      const ms = before === undefined ? 0 : first - before.last;
      if (before !== undefined && ms > longest.ms) longest = { ms, from: before.last };
    });
    return longest;
  }

  #cover(added: TimeRange): void {
    const begin = this.#firstReaching(added.first - this.#longestSilenceMs);
    let end = begin;
    for (let next = this.#stretches[end]; next !== undefined; next = this.#stretches[end]) {
      if (next.first > added.last + this.#longestSilenceMs) break;
      added.first = Math.min(added.first, next.first);
      added.last = Math.max(added.last, next.last);
      end += 1;
    }
    this.#stretches.splice(begin, end - begin, added);
  }

  /** Index of the first stretch that ends at `ms` or later. */
  #firstReaching(ms: number): number {
    let low = 0;
    let high = this.#stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#stretches[middle]?.last ?? ms) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
