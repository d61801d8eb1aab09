import { SEGMENT_FAULTS, type SegmentFault } from "@qsc/contract";
import { CompactEProcess } from "@qsc/stats";
import type { Observation } from "../sequential/observation.js";
import type { SegmentAllowances } from "./allowances.js";
import { Anchor, isNear } from "./anchor.js";
import { requireConsistent, segmentRule, type SegmentState } from "./segment-state.js";

/** No logarithm is below this: a wealth that underflowed is still written as JSON. */
const LEAST = 1e-300;

/** What a segment is tested against. */
interface Setup {
  readonly allowances: SegmentAllowances;
  /** Natural logarithm. */
  readonly threshold: number;
}

/**
 * Whether a model is dead for one symbol: whether it repeats one label, one confidence, or no answer there. The evidence
 * is the mean of three `CompactEProcess`es, each of which bets on the symbol's own answer before:
 *
 * - *one label*: that the label comes again. A share p of persistence r comes again with p + r (1 - p).
 * - *one confidence*: that the confidence is near the one that led until then; likewise.
 * - *no answer*: that there is none. Failures come in streaks, for which one half is allowed as in `error_rate_spike`.
 *
 * Guarantee: if each answer, given all before it, keeps these probabilities, the evidence ever becomes conclusive with
 * probability at most exp(-threshold) (Ville 1939), however the symbols depend on each other: only the symbol's own
 * answers are in it. O(1) time, and memory of the labels.
 */
export class SegmentTest {
  readonly #allowances: SegmentAllowances;
  readonly #threshold: number;
  readonly #labels = new Map<string, number>();
  #tests = SEGMENT_FAULTS.map(() => new CompactEProcess());
  #anchor = new Anchor();
  #decisions = 0;
  #predictions = 0;
  #unchanged = 0;
  #pairs = 0;
  #answered: boolean | null = null;
  #label: string | null = null;
  #confidence: number | null = null;
  #since: number | null = null;

  constructor({ allowances, threshold }: Setup) {
    this.#allowances = allowances;
    this.#threshold = threshold;
  }

  /**
   * Continues from a state exactly as if it had never stopped.
   * @throws QscError, StatsError, TypeError for what is not the state of one
   */
  static from(setup: Setup, state: SegmentState): SegmentTest {
    segmentRule(state, "segment");
    const test = new SegmentTest(setup);
    test.#set(state);
    requireConsistent(state, (label) => setup.allowances.labels.has(label));
    return test;
  }

  get decisions(): number {
    return this.#decisions;
  }

  get predictions(): number {
    return this.#predictions;
  }

  /** The share of confidences near the symbol's previous one; null without any. */
  get unchanged(): number | null {
    return this.#pairs === 0 ? null : this.#unchanged / this.#pairs;
  }

  get since(): number | null {
    return this.#since;
  }

  /** Natural logarithm of the evidence. */
  get logValue(): number {
    let sum = 0;
    for (const { value } of this.#tests) sum += value;
    return Math.log(Math.max(LEAST, sum / this.#tests.length));
  }

  /** What most of the evidence is about; null while none of it speaks against the model. */
  get fault(): SegmentFault | null {
    const values = this.#tests.map(({ value }) => value);
    const most = Math.max(...values);
    return most > 1 ? (SEGMENT_FAULTS[values.indexOf(most)] ?? null) : null;
  }

  /** The share of a label among the predictions; null without predictions. */
  shareOf(label: string): number | null {
    return this.#predictions === 0 ? null : (this.#labels.get(label) ?? 0) / this.#predictions;
  }

  /** Takes the answer to the symbol's next decision; whether the evidence has become conclusive by it. */
  take({ predicts, label, confidence }: Observation): boolean {
    this.#decisions += 1;
    const { missing } = this.#allowances;
    this.#bet("no answer", !predicts, this.#answered === false ? missing.again : missing.usual);
    this.#answered = predicts;
    if (predicts) {
      this.#predictions += 1;
      this.#takeLabel(label);
      if (confidence !== null) this.#takeConfidence(confidence);
    }
    if (this.#since !== null || this.logValue < this.#threshold) return false;
    this.#since = this.#decisions;
    return true;
  }

  /**
   * Whether this number of further decisions could make the evidence conclusive: if the model repeated its last prediction in
   * all of them, or answered in none.
   */
  couldBeDeadAfter(decisions: number): boolean {
    const [label = null] = this.#label === null ? this.#allowances.labels.keys() : [this.#label];
    // Before the first prediction any confidence stands for the one that is repeated.
    const again = { predicts: true, label, confidence: this.#anchor.value ?? 0, latencyMs: null };
    const none = { predicts: false, label: null, confidence: null, latencyMs: null };
    return [again, none].some((answer) => this.#decisionsUntilDead(answer, decisions) !== null);
  }

  /** Decisions until one frozen answer is proven, from a fresh start; null if not within `most`. */
  static decisionsUntilFrozen(setup: Setup, most: number): number | null {
    const [label = null] = setup.allowances.labels.keys();
    const frozen = { predicts: true, label, confidence: 0, latencyMs: null };
    return new SegmentTest(setup).#decisionsUntilDead(frozen, most);
  }

  #decisionsUntilDead(answer: Observation, most: number): number | null {
    const test = new SegmentTest({ allowances: this.#allowances, threshold: this.#threshold });
    test.#set(this.state());
    for (let n = 0; n <= most; n += 1) {
      if (test.since !== null) return n;
      test.take(answer);
    }
    return null;
  }

  state(): SegmentState {
    return [
      [this.#decisions, this.#predictions, this.#unchanged, this.#pairs],
      [...this.#labels],
      [this.#answered, this.#label, this.#confidence],
      this.#anchor.state(),
      this.#tests.map((test) => test.state()),
      this.#since,
    ];
  }

  #set([counts, labels, before, anchor, tests, since]: SegmentState): void {
    [this.#decisions, this.#predictions, this.#unchanged, this.#pairs] = counts;
    for (const [label, times] of labels) this.#labels.set(label, times);
    [this.#answered, this.#label, this.#confidence] = before;
    this.#anchor = Anchor.from(anchor);
    this.#tests = tests.map((each) => CompactEProcess.from(each));
    this.#since = since;
  }

  #takeLabel(label: string | null): void {
    const before = this.#label;
    const allowed = before === null ? undefined : this.#allowances.labels.get(before);
    if (allowed !== undefined) this.#bet("one label", label === before, allowed);
    this.#label = label;
    // Unknown labels are a violation elsewhere, and could be of any number.
    if (label !== null && this.#allowances.labels.has(label))
      this.#labels.set(label, (this.#labels.get(label) ?? 0) + 1);
  }

  #takeConfidence(confidence: number): void {
    const { value } = this.#anchor;
    const before = this.#confidence;
    if (value !== null && before !== null) {
      const { usual, again } = this.#allowances.confidence;
      this.#bet("one confidence", isNear(confidence, value), isNear(before, value) ? again : usual);
      this.#pairs += 1;
      if (isNear(confidence, before)) this.#unchanged += 1;
    }
    this.#anchor.add(confidence);
    this.#confidence = confidence;
  }

  /** Where all is allowed, nothing is refuted. A limit of 0 allows hardly anything. */
  #bet(fault: SegmentFault, isCase: boolean, allowed: number): void {
    if (allowed < 1) this.#tests[SEGMENT_FAULTS.indexOf(fault)]?.add(isCase, Math.max(allowed, LEAST_ALLOWED));
  }
}

/** Below this an allowed share is as good as none. */
const LEAST_ALLOWED = 1e-6;
