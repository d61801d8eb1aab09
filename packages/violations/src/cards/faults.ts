import type { Counted } from "@qsc/contract";

/** All that a `Faults` is, as plain data: the kinds in the order in which they were met. */
export type FaultsState = readonly Counted[];

const MAX_KINDS = 100;
/** What is counted under this is of several kinds. */
export const OTHERS = "others";

interface Kind {
  readonly what: string;
  count: number;
  sample: string | null;
}

/**
 * Counts faults by kind, with the place of the first of each. Kinds that come from telemetry may
 * be without number: beyond 100 of them the rest are counted together.
 */
export class Faults {
  readonly #kinds = new Map<string, Kind>();
  /** The kind counted last: what is no fault but a fact, such as a build, is the same time after time. */
  #last: Kind | null = null;

  state(): FaultsState {
    return [...this.#kinds.values()].map((kind) => ({ ...kind }));
  }

  get total(): number {
    let total = 0;
    for (const kind of this.#kinds.values()) total += kind.count;
    return total;
  }

  /** Whether each kind is counted by itself. */
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

  merge(other: Faults): void {
    this.take(other.#kinds.values());
  }

  /** Adds what others have counted. */
  take(kinds: Iterable<Counted>): void {
    for (const { what, count, sample } of kinds) this.add(what, sample, count);
  }

  /** Most frequent first; equal ones by name. */
  list(): readonly Counted[] {
    return [...this.#kinds.values()]
      .map(({ what, count, sample }) => ({ what, count, sample }))
      .sort((a, b) => b.count - a.count || (a.what < b.what ? -1 : 1));
  }
}

/** The order of IDs and of numbered places: of equal length as text, else the shorter first. */
function isEarlier(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}
