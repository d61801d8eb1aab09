import type { Agreement, LabelSet, ModelReading } from "@qsc/contract";
import { allLabels } from "../labels.js";

/**
 * Which answers of a decision count: those the engine counted as votes, including silent fallbacks, or predictions
 * among them alone.
 */
type Electorate = "voted" | "predicted";

/** Everything that a `VoteTally` has counted, as plain data. */
export interface VoteState {
  readonly decisions: number;
  readonly hard: number;
  /** Sum of the largest votes, by the number of voters. */
  readonly largest: readonly (readonly [voters: number, sum: number])[];
}

/**
 * How far the models of an ensemble agree, decision by decision. Whole numbers only, so that the order of the
 * decisions never matters.
 */
export class VoteTally {
  readonly #electorate: Electorate;
  readonly #labels: ReadonlyMap<string, number>;
  /** Labels from 0 on that act; those that abstain follow. */
  readonly #acting: number;
  /** Votes of the decision at hand, by label. */
  readonly #votes: Int32Array;
  /** Sum of the largest votes, by the number of voters. */
  readonly #largest = new Map<number, number>();
  #decisions = 0;
  #hard = 0;

  constructor(labels: LabelSet, electorate: Electorate) {
    this.#electorate = electorate;
    const known = [...new Set(allLabels(labels))];
    this.#labels = new Map(known.map((label, index) => [label, index]));
    this.#acting = new Set(labels.acting).size;
    this.#votes = new Int32Array(known.length);
  }

  /**
   * Counts one decision. With fewer than two votes it says nothing about agreement. Unknown labels are not votes, and
   * neither is the answer of a model without weight.
   *
   * @param weights what the engine gives each model, 0 to one that it does not name; null if it says nothing of weights
   */
  add(models: readonly ModelReading[], weights: ReadonlyMap<string, number> | null): void {
    this.#votes.fill(0);
    let voters = 0;
    for (const { model, action, voted, nonPrediction } of models) {
      if (action === null || !voted || hasNoVote(model, weights)) continue;
      if (this.#electorate === "predicted" && nonPrediction !== null) continue;
      const label = this.#labels.get(action);
      if (label === undefined) continue;
      this.#votes[label] = (this.#votes[label] ?? 0) + 1;
      voters += 1;
    }
    if (voters < 2) return;
    let largest = 0;
    let sides = 0;
    for (let label = 0; label < this.#votes.length; label += 1) {
      const count = this.#votes[label] ?? 0;
      if (count > largest) largest = count;
      if (count > 0 && label < this.#acting) sides += 1;
    }
    this.#decisions += 1;
    this.#largest.set(voters, (this.#largest.get(voters) ?? 0) + largest);
    if (sides > 1) this.#hard += 1;
  }

  state(): VoteState {
    return { decisions: this.#decisions, hard: this.#hard, largest: [...this.#largest] };
  }

  merge(other: VoteTally): void {
    this.take(other.state());
  }

  /** Adds the counts of another tally of the same labels and electorate. */
  take({ decisions, hard, largest }: VoteState): void {
    this.#decisions += decisions;
    this.#hard += hard;
    for (const [voters, sum] of largest) this.#largest.set(voters, (this.#largest.get(voters) ?? 0) + sum);
  }

  result(): Agreement {
    const n = this.#decisions;
    if (n === 0) return { agreement: null, hardDisagree: null, n };
    let shares = 0;
    for (const voters of [...this.#largest.keys()].sort((a, b) => a - b)) {
      shares += (this.#largest.get(voters) ?? 0) / voters;
    }
    return { agreement: shares / n, hardDisagree: this.#hard / n, n };
  }
}

function hasNoVote(model: string, weights: ReadonlyMap<string, number> | null): boolean {
  return weights !== null && (weights.get(model) ?? 0) === 0;
}
