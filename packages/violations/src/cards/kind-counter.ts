import type { Counted } from "@qsc/contract";

/** Everything that a `KindCounter` has counted, as plain data, in the order in which the kinds were first seen. */
export type FaultsState = readonly Counted[];

const MAX_KINDS = 100;
/** The key for kinds that are counted together. */
export const OTHERS = "others";

interface Kind {
  readonly what: string;
  count: number;
  sample: string | null;
}

/**
 * Counts occurrences by kind, with the place of the first of each. Telemetry can produce any number of kinds: beyond
 * 100 the rest are counted together.
 */
export class KindCounter {
  readonly #kinds = new Map<string, Kind>();
  /** The kind counted last: some kinds, such as a build, come again and again. */
  #last: Kind | null = null;

  state(): FaultsState {
    return [...this.#kinds.values()].map((kind) => ({ ...kind }));
  }

  get total(): number {
    let total = 0;
    for (const kind of this.#kinds.values()) total += kind.count;
    return total;
  }

  /** Whether every kind has its own count. */
  get isExact(): boolean {
    return this.#kinds.size < MAX_KINDS;
  }

  add(what: string, sample: string | null, times = 1): void {
    const known = this.#last?.what === what ? this.#last : this.#kinds.get(what);
    if (known !== undefined) {
      this.#last = known;
      known.count += times;
      if (sample !== null && (known.sample === null || isEarlier(sample, known.sample))) known.sample = sample;
    } else if (this.#kinds.size < MAX_KINDS || what === OTHERS) {
      this.#kinds.set(what, { what, count: times, sample });
    } else {
      this.add(OTHERS, sample, times);
    }
  }

  merge(other: KindCounter): void {
    this.take(other.#kinds.values());
  }

  /** Adds the counts of another counter. */
  take(kinds: Iterable<Counted>): void {
    for (const { what, count, sample } of kinds) this.add(what, sample, count);
  }

  /** Most frequent first; equally frequent ones by name. */
  list(): readonly Counted[] {
    return [...this.#kinds.values()]
      .map(({ what, count, sample }) => ({ what, count, sample }))
      .sort((a, b) => b.count - a.count || (a.what < b.what ? -1 : 1));
  }
}

/** The order of IDs and of numbered places: equally long ones as text, otherwise the shorter first. */
function isEarlier(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}
