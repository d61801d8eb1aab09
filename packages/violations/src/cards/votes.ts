import type { Agreement, LabelSet, ModelReading } from "@qsc/contract";

/**
 * How the models of an ensemble agree, decision by decision. Whole numbers only, so that the
 * order of the decisions never matters.
 */
export class VoteTally {
  /** Sum of the largest votes, by the number of voters. */
  readonly #largest = new Map<number, number>();
  #decisions = 0;
  #hard = 0;

  /** Counts one decision; with fewer than two votes it measures no agreement. */
  add(actions: readonly string[], labels: LabelSet): void {
    if (actions.length < 2) return;
    const votes = new Map<string, number>();
    for (const action of actions) votes.set(action, (votes.get(action) ?? 0) + 1);
    let largest = 0;
    let sides = 0;
    for (const [action, count] of votes) {
      if (count > largest) largest = count;
      if (labels.trading.includes(action)) sides += 1;
    }
    this.#decisions += 1;
    this.#largest.set(actions.length, (this.#largest.get(actions.length) ?? 0) + largest);
    if (sides > 1) this.#hard += 1;
  }

  merge(other: VoteTally): void {
    this.#decisions += other.#decisions;
    this.#hard += other.#hard;
    for (const [voters, sum] of other.#largest) {
      this.#largest.set(voters, (this.#largest.get(voters) ?? 0) + sum);
    }
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

/** The labels that the engine counted as votes: silent fallbacks among them. */
export function votes(models: readonly ModelReading[], known: ReadonlySet<string>): string[] {
  return actionsOf(models, known, (model) => model.voted);
}

/** The labels of predictions alone. */
export function activeVotes(models: readonly ModelReading[], known: ReadonlySet<string>): string[] {
  return actionsOf(models, known, (model) => model.nonPrediction === null);
}

function actionsOf(
  models: readonly ModelReading[],
  known: ReadonlySet<string>,
  counts: (model: ModelReading) => boolean,
): string[] {
  const actions: string[] = [];
  for (const model of models) {
    if (model.action !== null && known.has(model.action) && counts(model)) actions.push(model.action);
  }
  return actions;
}
