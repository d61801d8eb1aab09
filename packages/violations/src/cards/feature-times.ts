import { idTime, type Intent } from "@qsc/contract";
import { KindCounter, type FaultsState } from "./kind-counter.js";

/** A distance in time, and the decision where it was found. */
export interface Distance {
  readonly ms: number;
  readonly id: string;
}

/** Everything that a `FeatureTimes` has counted, as plain data. */
export interface FeatureTimesState {
  readonly known: number;
  readonly oldest: Distance | null;
  readonly ahead: Distance | null;
  readonly missing: FaultsState;
  readonly invalid: FaultsState;
}

/** How old the features behind each version 2 decision were at the time of the decision. Mergeable. */
export class FeatureTimes {
  /** Decisions that do not say how old their features were. */
  readonly missing: KindCounter = new KindCounter();
  /** Values in place of a time that are not times. */
  readonly invalid: KindCounter = new KindCounter();
  #known = 0;
  #oldest: Distance | null = null;
  #ahead: Distance | null = null;

  /** Decisions that say how old their features were. */
  get known(): number {
    return this.#known;
  }

  /** The oldest features; null when no decision used features from before it. */
  get oldest(): Distance | null {
    return this.#oldest;
  }

  /** The features dated furthest after their decision; null when there are none. */
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
      // Most decisions are no further from their features than an earlier one, and cost one comparison.
      if (age >= (this.#oldest?.ms ?? 0)) this.#oldest = further(this.#oldest, { ms: age, id });
      if (age < 0) this.#ahead = further(this.#ahead, { ms: -age, id });
    }
  }

  state(): FeatureTimesState {
    return {
      known: this.#known,
      oldest: this.#oldest,
      ahead: this.#ahead,
      missing: this.missing.state(),
      invalid: this.invalid.state(),
    };
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

/** The greater distance; for equal ones the earlier decision's, in whatever order they came. */
function further(a: Distance | null, b: Distance | null): Distance | null {
  if (a === null || b === null) return a ?? b;
  if (a.ms !== b.ms) return a.ms > b.ms ? a : b;
  return a.id.length < b.id.length || (a.id.length === b.id.length && a.id <= b.id) ? a : b;
}
