import { invalidOption, rules, type Counted, type Profile } from "@qsc/contract";
import { KindCounter } from "../cards/kind-counter.js";
import { Scorecard, type ScorecardState } from "../cards/scorecard.js";
import { NO_LABELS } from "../profile/policy-of.js";
import { NewestRows } from "./newest.js";
import { answerOf, type Prediction } from "./prediction.js";

/** Times of the oldest and newest prediction so far, and of the one that came last. */
interface Times {
  oldest: number;
  newest: number;
  first: number;
  last: number;
}

/** How a prediction without a place of its own is called. */
const NUMBERED = /^prediction (\d+)$/;

/**
 * All that a judge has counted of some predictions in a row. Tallies of two parts, the later one appended to the earlier,
 * are the tally of both.
 */
export class Tally {
  readonly model: string;
  readonly profile: Profile;
  readonly card: Scorecard;
  readonly newest: NewestRows = new NewestRows();
  /** Rows that could not be read, by reason. */
  readonly rejected: KindCounter = new KindCounter();
  /** The place of each known label's last occurrence among the predictions. */
  readonly lastOf: Map<string, number> = new Map();
  /** Scores in the bins of the reference; empty without one. */
  readonly bins: number[];
  /** Predictions that are older than the one before. */
  disordered = 0;
  #times: Times | null = null;
  #timed = 0;
  #rows = 0;

  constructor(model: string, profile: Profile) {
    this.model = model;
    this.profile = profile;
    const scale = profile.score === "logit" ? "logit" : "probability";
    this.card = new Scorecard(model, { labels: profile.labels ?? NO_LABELS, scale, byLabel: false });
    this.bins = profile.reference === null ? [] : profile.reference.counts.map(() => 0);
  }

  /** Rows so far: predictions, and what could not be read as one. */
  get rows(): number {
    return this.#rows;
  }

  /** Predictions so far, with an answer or without. */
  get answered(): number {
    return this.card.appearances;
  }

  get oldestMs(): number | null {
    return this.#times?.oldest ?? null;
  }

  get newestMs(): number | null {
    return this.#times?.newest ?? null;
  }

  /** @throws QscError `invalid_option`; the tally is then unchanged */
  add(prediction: Prediction): void {
    const name = `predictions[${this.#rows}]`;
    const { reading, segment, atMs } = answerOf(prediction, name, this.model, this.profile);
    const { place } = prediction;
    if (place !== undefined) rules.someText(place, `${name}.place`);
    if (this.#isOfOtherKind(atMs !== null))
      throw invalidOption(`${name}.at`, prediction.at, "given for each prediction, or for none");
    this.#meet(atMs);
    const before = this.card.confidences.n;
    this.card.add(reading, place ?? `prediction ${this.#rows}`, atMs);
    if (reading.nonPrediction === null && reading.action !== null) this.#note(reading.action);
    if (this.card.confidences.n > before) this.#bin(reading.confidence);
    this.newest.add({ reading, segment });
    this.#rows += 1;
  }

  /** A row that is not a prediction: it counts as the worst one for each check. */
  reject(reason: string, place: string | null): void {
    this.rejected.add(reason, place ?? `prediction ${this.#rows}`);
    this.newest.add({ reading: null, segment: null });
    this.#rows += 1;
  }

  /** Adds what came later. @throws QscError `invalid_option` where only one of the two has times */
  append(later: Tally): void {
    if (later.answered > 0 && this.#isOfOtherKind(later.#timed > 0))
      throw invalidOption("other", "of predictions with times", "without times, or both with times");
    const { predictions } = this.card;
    this.card.take(moved(later.card.state(), this.#rows));
    this.rejected.take(later.rejected.state().map((kind) => movedKind(kind, this.#rows)));
    for (const [label, at] of later.lastOf) this.lastOf.set(label, predictions + at);
    for (const [bin, count] of later.bins.entries()) this.bins[bin] = (this.bins[bin] ?? 0) + count;
    this.disordered += later.disordered;
    this.#appendTimes(later);
    this.newest.append(later.newest);
    this.#timed += later.#timed;
    this.#rows += later.#rows;
  }

  #isOfOtherKind(hasTime: boolean): boolean {
    return this.answered > 0 && hasTime !== this.#timed > 0;
  }

  #meet(atMs: number | null): void {
    if (atMs === null) return;
    this.#timed += 1;
    const times = this.#times;
    if (times === null) this.#times = { oldest: atMs, newest: atMs, first: atMs, last: atMs };
    else {
      if (atMs < times.last) this.disordered += 1;
      times.oldest = Math.min(times.oldest, atMs);
      times.newest = Math.max(times.newest, atMs);
      times.last = atMs;
    }
  }

  #appendTimes(part: Tally): void {
    const [times, later] = [this.#times, part.#times];
    if (later === null) return;
    if (times === null) {
      this.#times = { ...later };
      return;
    }
    if (later.first < times.last) this.disordered += 1;
    times.oldest = Math.min(times.oldest, later.oldest);
    times.newest = Math.max(times.newest, later.newest);
    times.last = later.last;
  }

  #note(label: string): void {
    if (this.profile.labels === null || this.card.labels.count(label) === 0) return;
    this.lastOf.set(label, this.card.predictions - 1);
  }

  #bin(confidence: unknown): void {
    const { reference, score } = this.profile;
    if (reference === null || typeof confidence !== "number") return;
    const value = score === "logit" ? 1 / (1 + Math.exp(-confidence)) : confidence;
    const bin = reference.edges.filter((edge) => edge <= value).length;
    this.bins[bin] = (this.bins[bin] ?? 0) + 1;
  }
}

/** A later part's state, in which predictions without a place of their own are counted on. */
function moved(state: ScorecardState, by: number): ScorecardState {
  const faults = Object.entries(state.faults).map(([name, kinds]) => [name, kinds.map((kind) => movedKind(kind, by))]);
  return { ...state, faults: Object.fromEntries(faults) as ScorecardState["faults"] };
}

function movedKind(kind: Counted, by: number): Counted {
  const [, number] = NUMBERED.exec(kind.sample ?? "") ?? [];
  return number === undefined ? kind : { ...kind, sample: `prediction ${Number(number) + by}` };
}
