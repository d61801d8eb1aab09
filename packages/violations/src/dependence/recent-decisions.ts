import { compareIds, idTime, rules, type Dependence, type Intent, type Policy, type Rule } from "@qsc/contract";
import { scaleOf } from "../cards/reading.js";
import { labelsRule } from "../policy/labels-rule.js";
import { requireIntent } from "../given/reading.js";
import { ABSENT, DECIMALS, observationOf, toFourDecimals, type Observation } from "../sequential/observation.js";
import { Bursts } from "./bursts.js";
import { DependenceTally } from "./dependence-tally.js";

/** A prediction: its label, and its confidence to 4 decimals as a whole number. */
type Prediction = readonly [model: string, label: string | null, confidence: number | null];

/** What is kept of a decision. */
interface Kept {
  readonly id: Intent["id"];
  readonly symbol: string | null;
  readonly predictions: readonly Prediction[];
}

/** The state of a `RecentDecisions`, as plain data. */
export type RecentState = readonly Kept[];

/** What two models answered in a decision; null for a model that did not predict. */
export interface PairedAnswers {
  readonly ms: number;
  readonly symbol: string | null;
  readonly first: string | null;
  readonly second: string | null;
}

/** A kept decision's symbol, and what each model answered. */
export interface KeptAnswers {
  readonly symbol: string | null;
  readonly observationOf: (model: string) => Observation;
}

/** Decisions that are kept: with 4,096 the persistence is known to about 0.03 in either direction. */
const MOST_DECISIONS = 4096;
/** Predictions that are kept of all models together, so that a stream of a thousand models stays bounded. */
const MOST_PREDICTIONS = 65_536;

const { anyText, count, listOf, nullable, shaped, tupleOf } = rules;

const stateRule: Rule = listOf(
  shaped({
    id: rules.ruleOf((id) => typeof id === "string" && /^\d+-\d+$/.test(id), "an entry ID"),
    symbol: nullable(anyText),
    predictions: listOf(tupleOf(anyText, nullable(anyText), nullable(count))),
  }),
);
const optionsRule: Rule = shaped({
  labels: labelsRule,
  confidence: rules.recordOf(rules.oneOf("probability", "logit")),
});

/**
 * The newest distinct decisions of a stream, to measure how each model's answers depend on those before. They may be
 * added in any order, and the states of the parts of a stream may be joined. O(1) memory.
 */
export class RecentDecisions {
  readonly #policy: Pick<Policy, "labels" | "confidence">;
  #kept: Kept[] = [];
  #predictions = 0;

  /** @throws QscError `invalid_option` for what is not from a policy */
  constructor(policy: Pick<Policy, "labels" | "confidence">) {
    optionsRule(policy, "policy");
    this.#policy = policy;
  }

  /** Adds a decision that repeats none. @throws QscError `invalid_option` when it is not a decision */
  add(intent: Pick<Intent, "id" | "symbol" | "models">): void {
    requireIntent(intent);
    const predictions = intent.models.flatMap((reading): Prediction[] => {
      const { predicts, label, confidence } = observationOf(reading, scaleOf(this.#policy, reading.model));
      return predicts ? [[reading.model, label, confidence === null ? null : toFourDecimals(confidence)]] : [];
    });
    this.#keep({ id: intent.id, symbol: intent.symbol, predictions });
  }

  /** The full state, from which `take` continues. */
  state(): RecentState {
    this.#cut();
    return this.#kept;
  }

  /** Adds the decisions of another part of the same stream. @throws QscError `invalid_option` */
  take(state: RecentState): void {
    stateRule(state, "state");
    for (const kept of state) this.#keep(kept);
  }

  /** How each model's predictions depend on the symbol's previous one. Models without a prediction are absent. */
  measured(): ReadonlyMap<string, Dependence> {
    this.#cut();
    const bursts = new Bursts();
    const tallies = new Map<string, DependenceTally>();
    for (const { id, symbol, predictions } of this.#kept.toReversed()) {
      const ms = idTime(id);
      const { begins, isDrawn } = bursts.add({ ms, symbol });
      if (begins) for (const tally of tallies.values()) tally.endBurst();
      // A model that did not predict in the decision drawn has no observation in this burst.
      if (isDrawn) for (const tally of tallies.values()) tally.drop();
      for (const [model, label, confidence] of predictions) {
        let tally = tallies.get(model);
        if (tally === undefined) tallies.set(model, (tally = new DependenceTally(this.#policy.labels)));
        tally.add({ ms, symbol, label, confidence }, isDrawn);
      }
    }
    return new Map([...tallies].map(([model, tally]) => [model, tally.dependence()]));
  }

  /** What two models answered in each decision, the oldest first. */
  answersOf(first: string, second: string): readonly PairedAnswers[] {
    this.#cut();
    return this.#kept.toReversed().map(({ id, symbol, predictions }) => {
      const labelOf = (name: string): string | null => predictions.find(([model]) => model === name)?.[1] ?? null;
      return { ms: idTime(id), symbol, first: labelOf(first), second: labelOf(second) };
    });
  }

  /** What all models answered in each decision, the oldest first. Confidences are to 4 decimals. */
  answers(): readonly KeptAnswers[] {
    this.#cut();
    return this.#kept.toReversed().map(({ symbol, predictions }) => ({
      symbol,
      observationOf: (name) => {
        const found = predictions.find(([model]) => model === name);
        if (found === undefined) return ABSENT;
        const [, label, confidence] = found;
        return { ...ABSENT, predicts: true, label, confidence: confidence === null ? null : confidence / DECIMALS };
      },
    }));
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept);
    this.#predictions += kept.predictions.length;
    if (this.#kept.length > 2 * MOST_DECISIONS || this.#predictions > 2 * MOST_PREDICTIONS) this.#cut();
  }

  /** Newest first, and no more than are kept. */
  #cut(): void {
    this.#kept.sort((a, b) => compareIds(b.id, a.id));
    let predictions = 0;
    let rows = 0;
    for (const kept of this.#kept) {
      if (rows >= MOST_DECISIONS || predictions + kept.predictions.length > MOST_PREDICTIONS) break;
      rows += 1;
      predictions += kept.predictions.length;
    }
    this.#kept.length = rows;
    this.#predictions = predictions;
  }
}
