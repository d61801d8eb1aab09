/* eslint max-lines: off --
 * One class whose parts already have files of their own. Adding, merging and moving handle the same fields and are kept
 * side by side, so that none of them forgets a field.
 */

import {
  compareIds,
  type EntryId,
  idTime,
  invalidOption,
  type EventCounts,
  type Intent,
  type Policy,
  type RejectedKind,
  type Rejection,
  rules,
} from "@qsc/contract";
import { requirePayload, requireIntent } from "../given/reading.js";
import { cardState } from "../given/states.js";
import { allLabels } from "../labels.js";
import { labelsRule } from "../policy/labels-rule.js";
import { limitOf } from "../policy/limit-of.js";
import { EngineTally, type EngineState } from "./engine-tally.js";
import { KindCounter, type FaultsState } from "./kind-counter.js";
import { NewestDecisions, type NewestState } from "./newest-decisions.js";
import { FeatureTimes, type FeatureTimesState } from "./feature-times.js";
import { MemberTally, type MembersState } from "./payload-members.js";
import { scaleOf, type Reading } from "./reading.js";
import { Scorecard, type ScorecardState } from "./scorecard.js";
import { Stretches, type StretchesState } from "./silence.js";
import { VoteTally, type VoteState } from "./votes.js";

const MAX_SAMPLES = 5;
/** A stream with more models than this is not an ensemble; entries that name further ones are rejected. */
const MAX_DISTINCT_MODELS = 1024;

/** The part of a policy that reading needs; the rest applies when judging. */
export interface CardOptions extends Pick<Policy, "labels" | "confidence" | "limits">, Pick<Reading, "byLabel"> {
  /** The models to keep statistics of; for all others only their presence is recorded. Default: all. */
  readonly only?: readonly string[];
  /** Whether to keep the newest decisions, to judge them by themselves too. Default true. */
  readonly newest?: boolean;
}

const { anyText, flag, listOf, nullable, oneOf, optional, recordOf, shaped } = rules;
const optionsRule = shaped({
  labels: labelsRule,
  confidence: recordOf(oneOf("probability", "logit")),
  byLabel: optional(flag),
  only: optional(listOf(anyText)),
  newest: optional(flag),
});
const rejectionRule = shaped({ id: nullable(anyText), reason: anyText, place: anyText, detail: anyText });

/** Entries that were rejected for one reason. */
interface Rejected {
  count: number;
  samples: string[];
  detail: string;
}

/** Everything that a `TelemetryCard` has counted, as plain data that can be sent to another thread. */
export interface CardState {
  readonly judged: number;
  readonly rejections: number;
  readonly duplicates: number;
  readonly ends: readonly EntryId[];
  readonly models: readonly (readonly [model: string, card: ScorecardState])[];
  /** Models that were seen but have no statistics. */
  readonly others: readonly string[];
  readonly allVotes: VoteState;
  readonly activeVotes: VoteState;
  readonly notFinite: FaultsState;
  readonly members: MembersState;
  readonly conflicts: FaultsState;
  readonly engine: EngineState;
  readonly stretches: StretchesState;
  readonly featureTimes: FeatureTimesState;
  /** Null when the newest decisions are not kept. */
  readonly newest: NewestState | null;
  readonly rejected: readonly (readonly [reason: string, kind: Readonly<Rejected>])[];
  /** The entries that repeat a decision, as a card of their own; null when there are none. */
  readonly repeats: CardState | null;
}

/**
 * Everything that judging a range of telemetry needs. Grows with the number of models, not of events. Mergeable:
 * cards of the parts of a stream, merged in any order, are judged like one card of the whole, as long as no decision
 * is new in two of them.
 *
 * Counts and statistics cover distinct decisions. Entries that repeat a decision are kept separately, so that all
 * entries can be judged too: `withRepeats`.
 */
export class TelemetryCard {
  readonly models: Map<string, Scorecard> = new Map();
  readonly engine: EngineTally = new EngineTally();
  readonly allVotes: VoteTally;
  readonly activeVotes: VoteTally;
  /** Numbers outside the models' answers that are NaN or infinite. */
  readonly notFinite: KindCounter = new KindCounter();
  /** Which members of the payloads are numbers, and which are null. */
  readonly members: MemberTally = new MemberTally();
  /** Decisions that were published again with different content. */
  readonly conflicts: KindCounter = new KindCounter();
  /** When events came, in enough detail to measure silence. */
  readonly stretches: Stretches;
  /** How old the features were. */
  readonly featureTimes: FeatureTimes = new FeatureTimes();
  /** Null when they are not kept. */
  readonly #newest: NewestDecisions | null;
  readonly #rejected = new Map<string, Rejected>();
  readonly #options: CardOptions;
  /** Null means all models. */
  readonly #only: ReadonlySet<string> | null;
  readonly #others = new Set<string>();
  #judged = 0;
  #rejections = 0;
  #duplicates = 0;
  #firstId: EntryId | null = null;
  #lastId: EntryId | null = null;
  /** Created with the first entry that repeats a decision, so that a stream without any pays nothing. */
  #repeats: TelemetryCard | null = null;

  /** @throws QscError `invalid_option` for options that do not come from a policy */
  constructor(options: CardOptions) {
    optionsRule(options, "options");
    this.#options = options;
    this.#only = options.only === undefined ? null : new Set(options.only);
    this.allVotes = new VoteTally(options.labels, "voted");
    this.activeVotes = new VoteTally(options.labels, "predicted");
    this.stretches = new Stretches(limitOf(options, "telemetry_silence.maxAge"));
    const longest = Math.max(...allLabels(options.labels).map((label) => label.length));
    this.#newest = options.newest === false ? null : new NewestDecisions(longest);
  }

  /** How many entries were read, and what became of them. */
  get counts(): EventCounts {
    return {
      read: this.#judged + this.#rejections + this.#duplicates,
      rejected: this.#rejections,
      duplicates: this.#duplicates,
      judged: this.#judged,
    };
  }

  /**
   * Whether every kind has its own count, no sample is summarised, and nothing was refused because of a limit. Only
   * then is it certain that the cards of the parts, merged in order, equal the card of the whole to the last bit.
   */
  get isExact(): boolean {
    return (
      this.isApart && [...this.models.values()].every(({ isExact }) => isExact) && (this.#repeats?.isExact ?? true)
    );
  }

  /**
   * Whether every kind has its own count and nothing was refused because of a limit. The cards of the parts, merged
   * in order, then equal the card of the whole, except for rounding in the moments of summarised samples.
   */
  get isApart(): boolean {
    const { notFinite, members, conflicts, engine, models, featureTimes } = this;
    const isApart =
      models.size + this.#others.size <= MAX_DISTINCT_MODELS &&
      [notFinite, members, conflicts, engine, featureTimes].every((tally) => tally.isExact) &&
      [...models.values()].every(({ isApart }) => isApart);
    return isApart && (this.#repeats?.isApart ?? true);
  }

  /** The first and last entry of the judged range. */
  get firstId(): EntryId | null {
    return this.#firstId;
  }

  /** The newest entry that was read, or rejected with an ID; null without one. */
  get lastId(): EntryId | null {
    return this.#lastId;
  }

  /** @throws QscError `invalid_option` when it is not a decision */
  add(intent: Intent): void {
    requireIntent(intent);
    requirePayload(intent);
    const ms = idTime(intent.id);
    if (!(ms >= 0)) throw invalidOption("intent.id", intent.id, "an entry ID");
    if (this.models.size + this.#others.size + intent.models.length > MAX_DISTINCT_MODELS && this.#tooMany(intent))
      return;
    this.#judged += 1;
    this.#cover(intent.id);
    this.stretches.add(ms);
    this.featureTimes.add(intent);
    this.#addAnswers(intent.models, intent.id);
    // After that has checked the answers.
    this.#newest?.add(intent);
    this.engine.add(intent);
    const weights = intent.engine?.weights ?? null;
    this.allVotes.add(intent.models, weights);
    this.activeVotes.add(intent.models, weights);
    for (const name of namesIn(intent.notFinite)) this.notFinite.add(name.slice(0, 80), intent.id);
    this.members.add(intent);
  }

  /** Adds an entry that repeats a decision; `agrees` means with the same content. */
  addDuplicate(intent: Intent, agrees: boolean): void {
    requireIntent(intent);
    flag(agrees, "agrees");
    this.#duplicates += 1;
    this.#repeated().add(intent);
    if (!agrees) this.conflicts.add("published again with another content", intent.id);
  }

  /** Records an ID that now stands for a different decision than before. */
  addIdConflict(intent: Intent): void {
    requireIntent(intent);
    this.conflicts.add("one ID for different decisions", intent.id);
  }

  /** Counts an entry that could not be read. */
  reject(rejection: Omit<Rejection, "kind">): void {
    rejectionRule(rejection, "rejection");
    const { id, reason, place, detail } = rejection;
    this.#rejections += 1;
    this.#newest?.reject(id);
    const sample = id ?? place;
    const known = this.#rejected.get(reason);
    if (known === undefined) {
      this.#rejected.set(reason, { count: 1, samples: [sample], detail });
      return;
    }
    known.count += 1;
    if (known.samples.length < MAX_SAMPLES) known.samples.push(sample);
  }

  /** The full state, from which `take` continues. */
  state(): CardState {
    return {
      judged: this.#judged,
      rejections: this.#rejections,
      duplicates: this.#duplicates,
      ends: this.#firstId === null || this.#lastId === null ? [] : [this.#firstId, this.#lastId],
      models: [...this.models].map(([model, card]) => [model, card.state()]),
      others: [...this.#others],
      allVotes: this.allVotes.state(),
      activeVotes: this.activeVotes.state(),
      notFinite: this.notFinite.state(),
      members: this.members.state(),
      conflicts: this.conflicts.state(),
      engine: this.engine.state(),
      stretches: this.stretches.state(),
      featureTimes: this.featureTimes.state(),
      newest: this.#newest?.state() ?? null,
      rejected: [...this.#rejected],
      repeats: this.#repeats?.state() ?? null,
    };
  }

  /** Adds the counts of a card of the next part of the same stream, made with the same options. */
  take(state: CardState): void {
    cardState(state, "state");
    if (this.#newest !== null) this.#newest.take(state.newest ?? unlike("state"));
    this.#judged += state.judged;
    this.#rejections += state.rejections;
    this.#duplicates += state.duplicates;
    for (const id of state.ends) this.#cover(id);
    for (const [model, card] of state.models) this.#scorecard(model).take(card);
    for (const model of state.others) this.#others.add(model);
    this.allVotes.take(state.allVotes);
    this.activeVotes.take(state.activeVotes);
    this.notFinite.take(state.notFinite);
    this.members.take(state.members);
    this.conflicts.take(state.conflicts);
    this.engine.take(state.engine);
    this.stretches.take(state.stretches);
    this.featureTimes.take(state.featureTimes);
    this.#takeRejected(state.rejected);
    if (state.repeats !== null) this.#repeated().take(state.repeats);
  }

  /** Adds the card of another part of the same stream. */
  merge(other: TelemetryCard): void {
    rules.instanceOf(TelemetryCard)(other, "other");
    this.#mergeDistinct(other);
    this.#duplicates += other.#duplicates;
    if (other.#repeats !== null) this.#repeated().merge(other.#repeats);
  }

  /** The card of all entries, repetitions included; this card when there are none. */
  withRepeats(): TelemetryCard {
    if (this.#repeats === null) return this;
    const all = new TelemetryCard(this.#options);
    all.#mergeDistinct(this);
    all.#mergeDistinct(this.#repeats);
    return all;
  }

  #mergeDistinct(other: TelemetryCard): void {
    if (this.#newest !== null) this.#newest.merge(other.#newest ?? unlike("other"));
    this.#judged += other.#judged;
    this.#rejections += other.#rejections;
    if (other.#firstId !== null) this.#cover(other.#firstId);
    if (other.#lastId !== null) this.#cover(other.#lastId);
    for (const [model, card] of other.models) this.#scorecard(model).merge(card);
    for (const model of other.#others) this.#others.add(model);
    this.allVotes.merge(other.allVotes);
    this.activeVotes.merge(other.activeVotes);
    this.notFinite.merge(other.notFinite);
    this.members.take(other.members.state());
    this.conflicts.merge(other.conflicts);
    this.engine.merge(other.engine);
    this.stretches.merge(other.stretches);
    this.featureTimes.merge(other.featureTimes);
    this.#takeRejected(other.#rejected);
  }

  /** Rejected entries by reason, most frequent first. */
  rejected(): readonly RejectedKind[] {
    return [...this.#rejected]
      .map(([reason, kind]) => ({ reason: reason as RejectedKind["reason"], ...kind }))
      .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
  }

  /** Sorted names of all models that were seen or have a weight, and have statistics. */
  modelNames(): readonly string[] {
    const names = [...new Set([...this.models.keys(), ...this.engine.weighted])];
    return names.filter((name) => this.#only?.has(name) !== false).sort();
  }

  /** The card of the newest decisions alone; null when they are not kept. */
  newest(): TelemetryCard | null {
    if (this.#newest === null) return null;
    const card = new TelemetryCard({ ...this.#options, byLabel: false, newest: false });
    const { decisions, unread } = this.#newest.newest();
    for (const { id, models } of decisions) {
      card.#judged += 1;
      card.#addAnswers(models, id);
    }
    card.#rejections = unread;
    return card;
  }

  /** The scorecard of a model; an empty one for a model that never answered. */
  scorecardOf(model: string): Scorecard {
    return this.models.get(model) ?? this.#newScorecard(model);
  }

  #addAnswers(models: Intent["models"], id: EntryId): void {
    const ms = idTime(id);
    for (const answer of models) {
      if (this.#only?.has(answer.model) === false) this.#others.add(answer.model);
      else this.#scorecard(answer.model).add(answer, id, ms);
    }
  }

  #repeated(): TelemetryCard {
    this.#repeats ??= new TelemetryCard(this.#options);
    return this.#repeats;
  }

  #takeRejected(rejected: Iterable<readonly [reason: string, kind: Rejected]>): void {
    for (const [reason, theirs] of rejected) {
      const ours = this.#rejected.get(reason) ?? { count: 0, samples: [], detail: theirs.detail };
      ours.count += theirs.count;
      ours.samples = [...ours.samples, ...theirs.samples].slice(0, MAX_SAMPLES);
      this.#rejected.set(reason, ours);
    }
  }

  #tooMany(intent: Intent): boolean {
    const fresh = intent.models.filter(({ model }) => !this.models.has(model) && !this.#others.has(model)).length;
    if (this.models.size + this.#others.size + fresh <= MAX_DISTINCT_MODELS) return false;
    const detail = `more than ${MAX_DISTINCT_MODELS} different models in one stream`;
    this.reject({ id: intent.id, reason: "too_many_models", place: intent.id, detail });
    return true;
  }

  #scorecard(model: string): Scorecard {
    let card = this.models.get(model);
    if (card === undefined) {
      card = this.#newScorecard(model);
      this.models.set(model, card);
    }
    return card;
  }

  #newScorecard(model: string): Scorecard {
    const { labels, byLabel = true } = this.#options;
    return new Scorecard(model, { labels, scale: scaleOf(this.#options, model), byLabel });
  }

  #cover(id: EntryId): void {
    if (this.#firstId === null || compareIds(id, this.#firstId) < 0) this.#firstId = id;
    if (this.#lastId === null || compareIds(id, this.#lastId) > 0) this.#lastId = id;
  }
}

/** Without the newest decisions of one part, those of the whole are not known. */
function unlike(name: string): never {
  throw invalidOption(name, "a card without the newest decisions", "one made with the same options (newest)");
}

function namesIn(notFinite: Intent["notFinite"]): Intent["notFinite"] {
  if (Array.isArray(notFinite) && notFinite.every((name) => typeof name === "string")) return notFinite;
  throw invalidOption("intent.notFinite", notFinite, "a list of names");
}
