import { idTime, type Intent } from "@qsc/contract";
import { Faults, type FaultsState } from "./faults.js";

/** A distance in time, and the decision that it was found at. */
export interface Distance {
  readonly ms: number;
  readonly id: string;
}

/** All that a `FeatureTimes` has counted, as plain data. */
export interface FeatureTimesState {
  readonly known: number;
  readonly oldest: Distance | null;
  readonly ahead: Distance | null;
  readonly missing: FaultsState;
  readonly invalid: FaultsState;
}

/** How old the features were that decisions of version 2 were made from, each at the time of its decision. Mergeable. */
export class FeatureTimes {
  /** Decisions that do not say. */
  readonly missing: Faults = new Faults();
  /** What stood where a time should have. */
  readonly invalid: Faults = new Faults();
  #known = 0;
  #oldest: Distance | null = null;
  #ahead: Distance | null = null;

  /** Decisions that say. */
  get known(): number {
    return this.#known;
  }

  /** The oldest features; null where no decision was made from features of before it. */
  get oldest(): Distance | null {
    return this.#oldest;
  }

  /** Features from furthest after their decision; null where there are none. */
  get ahead(): Distance | null {
    return this.#ahead;
  }

  get isExact(): boolean {
    return this.missing.isExact && this.invalid.isExact;
  }

  add({ id, contract, featuresAtMs: at }: Intent): void {
    if (contract === 1) return;
    if (at === null) this.missing.add("no features_at", id);
    else if (typeof at === "object") this.invalid.add(at.invalid, id);
    else {
      this.#known += 1;
      const age = idTime(id) - at;
      // Most decisions are no further from their features than one before, and cost a comparison.
      if (age >= (this.#oldest?.ms ?? 0)) this.#oldest = further(this.#oldest, { ms: age, id });
      if (age < 0) this.#ahead = further(this.#ahead, { ms: -age, id });
    }
  }

  state(): FeatureTimesState {
    return { known: this.#known, oldest: this.#oldest, ahead: this.#ahead, missing: this.missing.state(), invalid: this.invalid.state() };
  }

  take({ known, oldest, ahead, missing, invalid }: FeatureTimesState): void {
    this.#known += known;
    this.#oldest = further(this.#oldest, oldest);
    this.#ahead = further(this.#ahead, ahead);
    this.missing.take(missing);
    this.invalid.take(invalid);
  }

  merge(other: FeatureTimes): void {
    this.take(other.state());
  }
}

/** The greater distance; of equal ones that of the earlier decision, whichever was met first. */
function further(a: Distance | null, b: Distance | null): Distance | null {
  if (a === null || b === null) return a ?? b;
  if (a.ms !== b.ms) return a.ms > b.ms ? a : b;
  return a.id.length < b.id.length || (a.id.length === b.id.length && a.id <= b.id) ? a : b;
}
