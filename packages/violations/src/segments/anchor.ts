/** The state of an `Anchor`, as plain JSON. */
export type AnchorState = readonly [value: number | null, lead: number];

/** A confidence within this distance counts as the same: the P90 - P10 below which an output is constant. */
const NEAR = 0.001;
/** By how much a value may lead at most, so that another can take its place. */
const LARGEST_LEAD = 16;

/** Whether two confidences count as the same; allows for what binary fractions lose. */
export function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= NEAR + 1e-12;
}

/**
 * The confidence that most of a symbol's newest ones are near to, if one is (Boyer & Moore 1991): known before the next
 * answer, so that a bet on it is fair. O(1) time and memory.
 */
export class Anchor {
  #value: number | null = null;
  #lead = 0;

  get value(): number | null {
    return this.#value;
  }

  /** Continues from a state that has been checked. */
  static from([value, lead]: AnchorState): Anchor {
    const anchor = new Anchor();
    anchor.#value = value;
    anchor.#lead = lead;
    return anchor;
  }

  add(confidence: number): void {
    if (this.#value !== null && isNear(confidence, this.#value)) {
      this.#lead = Math.min(this.#lead + 1, LARGEST_LEAD);
      return;
    }
    this.#lead -= 1;
    if (this.#value !== null && this.#lead > 0) return;
    this.#value = confidence;
    this.#lead = 1;
  }

  state(): AnchorState {
    return [this.#value, this.#lead];
  }
}
