import type { EvidenceFinding, ModelReading } from "@qsc/contract";
import { sayingRepeats } from "../checks/worse.js";
import { describeFinding, EvidenceWatch, type EvidenceOptions, type EvidenceState } from "./evidence-watch.js";

/** All that an `EntryEvidence` is, as plain JSON: the evidence of distinct decisions, that of all entries beside it. */
export interface EntryEvidenceState extends EvidenceState {
  /** Absent until an entry repeats a decision. */
  readonly repeated?: EvidenceState;
}

/**
 * The evidence of a watch in which entries may repeat a decision: gathered from distinct decisions, and from the first
 * repetition on from all entries as well. What is conclusive in either is a violation: a frozen model whose answers
 * look like repetitions is found like any other.
 *
 * Guarantee: that of `EvidenceWatch` as long as nothing is repeated; until then the two are one, and share its
 * false-alarm budget. From the first repetition on, the evidence of all entries rests on an assumption of its own: each
 * repeated entry, too, is an answer that keeps the limits given all answers before it. Engines that give several
 * decisions one time fulfil it. A publisher that writes each decision k times does not: its evidence is about the k-th
 * power of that of the decisions, so that a model close to a limit may be called a violation more often than the budget
 * says. One that is well within its limits is not.
 */
export class EntryEvidence {
  readonly #options: EvidenceOptions;
  readonly #distinct: EvidenceWatch;
  #all: EvidenceWatch | null;

  constructor(
    options: EvidenceOptions,
    distinct: EvidenceWatch = new EvidenceWatch(options),
    all: EvidenceWatch | null = null,
  ) {
    this.#options = options;
    this.#distinct = distinct;
    this.#all = all;
  }

  /**
   * Goes on from a state as `state()` gave it, or an `EvidenceWatch`.
   * @throws QscError `evidence_unusable` for a state of another setting, or one that is not as it was written
   */
  static restore(options: EvidenceOptions, state: unknown): EntryEvidence {
    const distinct = EvidenceWatch.restore(options, state);
    const { repeated } = state as EntryEvidenceState;
    const all = repeated === undefined ? null : EvidenceWatch.restore(options, repeated);
    return new EntryEvidence(options, distinct, all);
  }

  /** Distinct decisions so far. */
  get decisions(): number {
    return this.#distinct.decisions;
  }

  /** Takes the readings of the next decision that repeats none. */
  take(readings: readonly ModelReading[]): void {
    this.#distinct.take(readings);
    this.#all?.take(readings);
  }

  /** Takes the readings of the next entry that repeats a decision. */
  takeRepeated(readings: readonly ModelReading[]): void {
    this.#all ??= EvidenceWatch.restore(this.#options, this.#distinct.state());
    this.#all.take(readings);
  }

  /** What is known by now, of each model and check: from all entries where only they are conclusive. */
  findings(): readonly EvidenceFinding[] {
    return this.#found().map(({ finding }) => finding);
  }

  /** What is proven, a sentence each. */
  proven(): readonly string[] {
    return this.#found()
      .filter(({ finding }) => finding.conclusive)
      .map(({ finding, isOfAll }) => (isOfAll ? sayingRepeats(describeFinding(finding)) : describeFinding(finding)));
  }

  state(): EntryEvidenceState {
    const distinct = this.#distinct.state();
    return this.#all === null ? distinct : { ...distinct, repeated: this.#all.state() };
  }

  #found(): readonly { readonly finding: EvidenceFinding; readonly isOfAll: boolean }[] {
    const all = this.#all?.findings() ?? [];
    // Both are of the same models and checks, in the same order.
    return this.#distinct.findings().map((finding, index) => {
      const other = all[index];
      const isOfAll = other?.conclusive === true && !finding.conclusive;
      return isOfAll ? { finding: other, isOfAll } : { finding, isOfAll };
    });
  }
}
