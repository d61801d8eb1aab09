import type { EvidenceFinding, ModelReading, ModelSegments } from "@qsc/contract";
import type { Occasion } from "../dependence/bursts.js";
import { sayingRepeats } from "../checks/worse.js";
import { worseOf } from "../segments/worse-segments.js";
import { describeFinding } from "./describe-finding.js";
import { SequentialMonitor, type SequentialOptions, type SequentialState } from "./sequential-monitor.js";

/** All that an `EntryEvidence` is, as plain JSON: the evidence of distinct decisions, that of all entries beside it. */
export interface EntryMonitorState extends SequentialState {
  /** Absent until an entry repeats a decision. */
  readonly repeated?: SequentialState;
}

/**
 * The evidence of a watch in which entries may repeat a decision: gathered from distinct decisions, and from the first
 * repetition on from all entries as well. What is conclusive in either is a violation: a frozen model whose answers
 * look like repetitions is found like any other.
 *
 * Guarantee: that of `SequentialMonitor` as long as nothing is repeated; until then the two are one, and share its
 * false-alarm budget. From the first repetition on, the evidence of all entries rests on an assumption of its own: each
 * repeated entry, too, is an answer that keeps the limits given all answers before it. Engines that give several
 * decisions one time fulfil it. A publisher that writes each decision k times does not: its evidence is about the k-th
 * power of that of the decisions, so that a model close to a limit may be called a violation more often than the budget
 * says. One that is well within its limits is not.
 */
export class EntryMonitor {
  readonly #options: SequentialOptions;
  readonly #distinct: SequentialMonitor;
  #all: SequentialMonitor | null;

  constructor(
    options: SequentialOptions,
    distinct: SequentialMonitor = new SequentialMonitor(options),
    all: SequentialMonitor | null = null,
  ) {
    this.#options = options;
    this.#distinct = distinct;
    this.#all = all;
  }

  /**
   * Goes on from a state as `state()` gave it, or a `SequentialMonitor`.
   * @throws QscError `evidence_unusable` for a state of another setting, or one that is not as it was written
   */
  static restore(options: SequentialOptions, state: unknown): EntryMonitor {
    const distinct = SequentialMonitor.restore(options, state);
    const { repeated } = state as EntryMonitorState;
    const all = repeated === undefined ? null : SequentialMonitor.restore(options, repeated);
    return new EntryMonitor(options, distinct, all);
  }

  /** Distinct decisions so far. */
  get decisions(): number {
    return this.#distinct.decisions;
  }

  /** Answers of each model that were tested so far, of repeated entries too. */
  get observations(): number {
    return (this.#all ?? this.#distinct).observations;
  }

  /** Takes the readings of the next decision that repeats none. */
  take(readings: readonly ModelReading[], occasion?: Occasion): void {
    this.#distinct.take(readings, occasion);
    this.#all?.take(readings, occasion);
  }

  /** Takes the readings of the next entry that repeats a decision. */
  takeRepeated(readings: readonly ModelReading[], occasion?: Occasion): void {
    this.#all ??= SequentialMonitor.restore(this.#options, this.#distinct.state());
    this.#all.take(readings, occasion);
  }

  /** What is known by now, of each model and check: from all entries where only they are conclusive. */
  findings(): readonly EvidenceFinding[] {
    return this.#found().map(({ finding }) => finding);
  }

  /** Each model's answers symbol by symbol: over all entries where that is worse. */
  segments(): ReadonlyMap<string, ModelSegments> {
    const distinct = this.#distinct.segments();
    if (this.#all === null) return distinct;
    const all = this.#all.segments();
    return new Map([...distinct].map(([model, own]) => [model, worseOf(own, all.get(model) ?? own)]));
  }

  /** What is proven, a sentence each. */
  proven(): readonly string[] {
    return this.#found()
      .filter(({ finding }) => finding.conclusive)
      .map(({ finding, isOfAll }) => (isOfAll ? sayingRepeats(describeFinding(finding)) : describeFinding(finding)));
  }

  /** The full state, from which `restore` continues. */
  state(): EntryMonitorState {
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
