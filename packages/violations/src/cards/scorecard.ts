import { lookAlike, rules, type ModelReading } from "@qsc/contract";
import { LabelCounts, normalizedEntropy } from "@qsc/stats";
import { requireReading } from "../given/reading.js";
import { scorecardState } from "../given/states.js";
import { allLabels } from "../labels.js";
import { KindCounter, type FaultsState } from "./kind-counter.js";
import { readingRule, type Reading } from "./reading.js";
import { Sample, type SampleState } from "./sample.js";
import { LATENCY_SCALE, LONGEST_MS, UNIT_SCALE } from "./scale.js";

/** Everything that a `Scorecard` has counted, as plain data. */
export interface ScorecardState {
  readonly predictions: number;
  readonly withoutArtifact: number;
  readonly newestMs: number | null;
  readonly labels: readonly (readonly [label: string, count: number])[];
  readonly confidences: SampleState;
  readonly latencies: SampleState;
  readonly faults: Readonly<Record<(typeof FAULTS)[number], FaultsState>>;
  readonly byLabel: readonly (readonly [label: string, confidences: SampleState])[];
}

/** What is counted by kind for a model. */
const FAULTS = [
  "invalidConfidences",
  "unknownLabels",
  "invalidLatencies",
  "nonPredictions",
  "artifacts",
  "invalidArtifacts",
] as const;

/**
 * The statistics of one model. Mergeable: scorecards of the parts of a stream, merged in any order, are judged like
 * the scorecard of the whole.
 */
export class Scorecard {
  readonly model: string;
  /** Known labels of predictions. */
  readonly labels: LabelCounts = new LabelCounts();
  /** Valid confidences of predictions. */
  readonly confidences: Sample = new Sample(UNIT_SCALE);
  readonly latencies: Sample = new Sample(LATENCY_SCALE);
  readonly invalidConfidences: KindCounter = new KindCounter();
  readonly unknownLabels: KindCounter = new KindCounter();
  readonly invalidLatencies: KindCounter = new KindCounter();
  readonly nonPredictions: KindCounter = new KindCounter();
  /** SHA-256 of the model's file, by hash. */
  readonly artifacts: KindCounter = new KindCounter();
  /** Values in place of a SHA-256 that are not one. */
  readonly invalidArtifacts: KindCounter = new KindCounter();
  /** Confidences by known label, for the diagnosis; empty when the reading leaves them out. */
  readonly byLabel: Map<string, Sample> = new Map();
  #predictions = 0;
  #withoutArtifact = 0;
  #newestMs: number | null = null;
  readonly #reading: Reading;
  readonly #known: ReadonlySet<string>;

  /** @throws QscError `invalid_option` */
  constructor(model: string, reading: Reading) {
    rules.anyText(model, "model");
    readingRule(reading, "reading");
    this.model = model;
    this.#reading = reading;
    this.#known = new Set(allLabels(reading.labels));
  }

  /** Answers while the model was active. */
  get predictions(): number {
    return this.#predictions;
  }

  /** Predictions that name no file. */
  get withoutArtifact(): number {
    return this.#withoutArtifact;
  }

  /**
   * The time of the newest prediction, in milliseconds since 1970; null when there is none, or when the places are
   * not entries.
   */
  get newestMs(): number | null {
    return this.#newestMs;
  }

  /** Events in which the model appears, predicting or not. */
  get appearances(): number {
    return this.#predictions + this.nonPredictions.total;
  }

  /** Whether every kind has its own count. */
  get isApart(): boolean {
    return FAULTS.every((name) => this[name].isExact);
  }

  /**
   * Whether every kind has its own count and no sample is summarised: merging the parts' scorecards then gives
   * exactly this one.
   */
  get isExact(): boolean {
    return this.isApart && [this.confidences, this.latencies, ...this.byLabel.values()].every(({ isExact }) => isExact);
  }

  /**
   * Entropy of the known labels: 0 when all answers have the same label, 1 when all labels are equally frequent.
   * Null without answers.
   */
  entropy(): number | null {
    const labels = allLabels(this.#reading.labels);
    return normalizedEntropy(labels.map((label) => this.labels.count(label)));
  }

  /**
   * Adds one answer.
   *
   * @param place where an operator finds it
   *
   * @param atMs when it was given, in milliseconds since 1970; null when unknown
   *
   * @throws QscError `invalid_option` when it is not an answer
   */
  add(answer: ModelReading, place: string, atMs: number | null = null): void {
    requireReading(answer, place);
    this.#addArtifact(answer.artifactSha256, place);
    if (answer.nonPrediction !== null) {
      this.nonPredictions.add(answer.nonPrediction, place);
      return;
    }
    this.#predictions += 1;
    if (answer.artifactSha256 === null) this.#withoutArtifact += 1;
    this.#meet(atMs);
    const label = this.#addLabel(answer.action, place);
    this.#addConfidence(answer.confidence, label, place);
    this.#addLatency(answer.latencyMs, place);
  }

  /** The full state, from which `take` continues. */
  state(): ScorecardState {
    return {
      predictions: this.#predictions,
      withoutArtifact: this.#withoutArtifact,
      newestMs: this.#newestMs,
      labels: this.labels.entries(),
      confidences: this.confidences.state(),
      latencies: this.latencies.state(),
      faults: Object.fromEntries(FAULTS.map((name) => [name, this[name].state()])) as ScorecardState["faults"],
      byLabel: [...this.byLabel].map(([label, sample]) => [label, sample.state()]),
    };
  }

  /** Adds the counts of another scorecard of the same model and reading. */
  take(state: ScorecardState): void {
    scorecardState(state, "state");
    const { predictions, withoutArtifact, newestMs, labels, confidences, latencies, faults, byLabel } = state;
    this.#predictions += predictions;
    this.#withoutArtifact += withoutArtifact;
    this.#meet(newestMs);
    for (const [label, count] of labels) this.labels.add(label, count);
    this.confidences.merge(Sample.from(confidences, UNIT_SCALE));
    this.latencies.merge(Sample.from(latencies, LATENCY_SCALE));
    for (const name of FAULTS) this[name].take(faults[name]);
    for (const [label, sample] of byLabel) this.#ofLabel(label).merge(Sample.from(sample, UNIT_SCALE));
  }

  /** Adds the card of another part of the same stream. */
  merge(other: Scorecard): void {
    rules.instanceOf(Scorecard)(other, "other");
    this.#predictions += other.#predictions;
    this.#withoutArtifact += other.#withoutArtifact;
    this.#meet(other.#newestMs);
    this.labels.merge(other.labels);
    this.confidences.merge(other.confidences);
    this.latencies.merge(other.latencies);
    for (const name of FAULTS) this[name].merge(other[name]);
    for (const [label, sample] of other.byLabel) this.#ofLabel(label).merge(sample);
  }

  #addArtifact(given: ModelReading["artifactSha256"], place: string): void {
    if (typeof given === "string") this.artifacts.add(given, place);
    else if (given !== null) this.invalidArtifacts.add(given.invalid, place);
  }

  #meet(atMs: number | null): void {
    if (atMs !== null && (this.#newestMs === null || atMs > this.#newestMs)) this.#newestMs = atMs;
  }

  #addLabel(action: string | null, place: string): string | null {
    if (action !== null && this.#known.has(action)) {
      this.labels.add(action);
      return action;
    }
    this.unknownLabels.add(action === null ? "no label" : this.#unknown(action), place);
    return null;
  }

  /** Labels that look alike are never treated as the same, and the words name the difference. */
  #unknown(action: string): string {
    const shown = `label '${action.slice(0, 40)}'`;
    const alike = lookAlike(action, this.#known);
    return alike === null
      ? shown
      : `${shown} in another Unicode normal form than '${alike.slice(0, 40)}' (write both in NFC)`;
  }

  #addConfidence(given: ModelReading["confidence"], label: string | null, place: string): void {
    const value = typeof given === "number" ? this.#onUnit(given) : Number.NaN;
    if (!(value >= 0 && value <= 1)) {
      const shown = typeof given === "number" ? String(given) : given.invalid;
      this.invalidConfidences.add(`confidence ${shown}`, place);
      return;
    }
    this.confidences.add(value);
    if (label !== null && this.#reading.byLabel !== false) this.#ofLabel(label).add(value);
  }

  #addLatency(given: ModelReading["latencyMs"], place: string): void {
    if (given === null) return;
    if (typeof given === "number") this.latencies.add(Math.min(given, LONGEST_MS));
    else this.invalidLatencies.add(`latency ${given.invalid}`, place);
  }

  #onUnit(given: number): number {
    if (this.#reading.scale === "probability") return given;
    return Number.isFinite(given) ? 1 / (1 + Math.exp(-given)) : Number.NaN;
  }

  #ofLabel(label: string): Sample {
    let sample = this.byLabel.get(label);
    if (sample === undefined) {
      sample = new Sample(UNIT_SCALE);
      this.byLabel.set(label, sample);
    }
    return sample;
  }
}
