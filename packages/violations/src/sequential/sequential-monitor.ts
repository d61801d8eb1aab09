import {
  digestOf,
  invalidOption,
  QscError,
  rules,
  type EvidenceFinding,
  type ModelBaseline,
  type ModelReading,
  type ModelSegments,
  type Policy,
} from "@qsc/contract";
import { scaleOf } from "../cards/reading.js";
import { Bursts, occasionRule, type BurstsState, type Occasion } from "../dependence/bursts.js";
import { baselineRule } from "../given/baseline.js";
import { requireReading } from "../given/reading.js";
import { policyRule } from "../policy/assert-policy.js";
import { segmentBudget, wholeBudget } from "../segments/budget.js";
import { SegmentMonitor, type SegmentsState } from "../segments/segment-monitor.js";
import { ModelMonitor, type ModelMonitorState } from "./model-monitor.js";
import { observationOf } from "./observation.js";

/** What a watch gathers evidence of. */
export interface SequentialOptions {
  readonly policy: Policy;
  /**
   * The models that are watched: the budget is split over them, and one that a decision does not name did not answer.
   */
  readonly models: readonly string[];
  /** What each model was like before, where that is known. */
  readonly baselines?: ReadonlyMap<string, ModelBaseline>;
  /** The probability of a false alarm in the whole watch, of all checks and models together. */
  readonly alpha?: number;
}

/** All that a `SequentialMonitor` is, as plain JSON. */
export interface SequentialState {
  readonly version: 2;
  /** Digest of what is tested: a state is of one policy, one set of models and one budget. */
  readonly setup: string;
  readonly decisions: number;
  readonly bursts: BurstsState;
  readonly models: readonly ModelMonitorState[];
  /** Missing in states of earlier versions: the symbols are then tested from there on. */
  readonly segments?: SegmentsState;
}

const UNPLACED: Occasion = { ms: null, symbol: null };

const { closed, listOf, mapOf, optional, ruleOf, someText } = rules;

export const sequentialOptionsRule = closed({
  policy: policyRule,
  models: rules.allOf(
    listOf(someText),
    ruleOf((models) => (models as readonly string[]).length > 0, "a list of at least one model"),
  ),
  baselines: optional(mapOf(someText, baselineRule)),
  alpha: optional(ruleOf((alpha) => typeof alpha === "number" && alpha > 0 && alpha < 1, "a number between 0 and 1")),
});
/** A false alarm with one of a hundred canaries at most, in the watches of all its shares together. */
export const FALSE_ALARM_BUDGET = 0.01;

/**
 * Evidence that models violate their checks, gathered from every decision of a watch in turn and valid at each of them.
 *
 * Guarantee: as long as no limit is exceeded, the probability that any check of any model is ever called conclusive is
 * at most `alpha`, however long the watch and however often one looks.
 *
 * Assumption: answers depend on those before only through the same symbol's previous prediction, as strongly as in the
 * baseline (`Dependence`, whose bounds are allowed for), and decisions within a burst in any way. A limit counts as kept
 * where each answer drawn of a burst, given all before it, is then as likely a case as a share at the limit makes it;
 * P10 and P90 stay where they are. What is outside: a model that keeps a limit on the whole and exceeds it for a
 * stretch, as in a regime of the market, is found where the stretch is long enough. The simulator measures how often.
 *
 * Without a baseline's dependence, labels and confidences are not tested: `powerOf` says so.
 *
 * Beside the whole, each symbol is tested by itself (`SegmentMonitor`). Where the policy lets symbols decide, they have
 * half of `alpha`, and the whole has the other half; otherwise they inform, and no finding is of them.
 *
 * Time of a decision is O(models x checks), memory O(models x (checks + symbols)), of at most 256 symbols.
 */
export class SequentialMonitor {
  readonly alpha: number;
  readonly #policy: Policy;
  readonly #models: readonly ModelMonitor[];
  readonly #watched: ReadonlySet<string>;
  readonly #setup: string;
  readonly #segments: SegmentMonitor;
  readonly #segmentsDecide: boolean;
  #bursts = new Bursts();
  #decisions = 0;

  /** @throws QscError `invalid_option` */
  constructor(options: SequentialOptions) {
    sequentialOptionsRule(options, "options");
    const { policy, models, baselines, alpha = FALSE_ALARM_BUDGET } = options;
    const names = [...new Set(models)];
    this.alpha = alpha;
    this.#watched = new Set(names);
    this.#policy = policy;
    this.#models = names.map(
      (model) =>
        new ModelMonitor(model, policy, baselines?.get(model) ?? null, wholeBudget(policy, alpha) / names.length),
    );
    this.#segmentsDecide = policy.segments !== undefined;
    this.#segments = new SegmentMonitor({
      policy,
      models: names,
      dependence: (model) => baselines?.get(model)?.dependence,
      alpha: segmentBudget(alpha),
    });
    this.#setup = digestOf({
      alpha,
      models: this.#models.map((evidence) => ({ model: evidence.model, tests: evidence.keys() })),
      ...(policy.segments !== undefined && { segments: policy.segments }),
    });
  }

  /**
   * Goes on from a state as `state()` gave it, through JSON or not: from there on all is as if it had never stopped.
   * @throws QscError `evidence_unusable` for a state of another setting, or one that is not as it was written
   */
  static restore(options: SequentialOptions, state: unknown): SequentialMonitor {
    const watch = new SequentialMonitor(options);
    const { setup, decisions, bursts, models, segments } = asState(state);
    if (setup !== watch.#setup) throw refused("it is of another policy, of other models or of another budget");
    try {
      watch.#bursts = Bursts.from(bursts);
      if (segments !== undefined) watch.#segments.restore(segments);
      for (const [index, evidence] of watch.#models.entries()) evidence.restore(models[index] as ModelMonitorState);
    } catch (cause) {
      throw refused("a part of it is not as it was written", cause);
    }
    watch.#decisions = decisions;
    return watch;
  }

  /** Decisions so far. */
  get decisions(): number {
    return this.#decisions;
  }

  /** Answers of each model that were tested so far: one of each burst that is over. */
  get observations(): number {
    return this.#models[0]?.observations ?? 0;
  }

  /**
   * Takes the readings of the next decision: of each decision once, in their order. A watched model without a reading
   * did not answer; an invalid confidence or unknown label is no evidence here, but a violation at once elsewhere.
   * @param occasion when it was made, and for which symbol: decisions that are made together are tested as one, when the
   *   next begins. Without a time or a symbol, each is tested at once, and follows the one before
   * @returns whether something has become conclusive by it
   * @throws QscError `invalid_option` for a reading of a model that is not watched: of a model whose name was misspelt
   *   every answer would be missing. Nothing changes then.
   */
  take(readings: readonly ModelReading[], occasion: Occasion = UNPLACED): boolean {
    this.#require(readings);
    occasionRule(occasion, "occasion");
    this.#decisions += 1;
    const { begins, isDrawn, ends } = this.#bursts.add(occasion);
    let isNew = begins && this.#endBurst();
    const observations = this.#models.map(({ model }) =>
      observationOf(readingOf(readings, model), scaleOf(this.#policy, model)),
    );
    for (const [at, observation] of observations.entries())
      this.#models[at]?.draw(observation, occasion.symbol, isDrawn);
    if (ends) isNew = this.#endBurst() || isNew;
    const isNewOfSymbol = this.#segments.take(occasion.symbol, observations);
    return isNew || (isNewOfSymbol && this.#segmentsDecide);
  }

  #endBurst(): boolean {
    let isNew = false;
    for (const evidence of this.#models) isNew = evidence.endBurst() || isNew;
    return isNew;
  }

  #require(readings: readonly ModelReading[]): void {
    if (!Array.isArray(readings)) throw invalidOption("readings", readings, "a list");
    for (const [index, reading] of (readings as readonly ModelReading[]).entries()) {
      requireReading(reading, `readings[${index}]`);
      const { model } = reading;
      if (!this.#watched.has(model))
        throw invalidOption(`readings[${index}].model`, model, `one that is watched: ${[...this.#watched].join(", ")}`);
    }
  }

  /** What is known by now, of each model and check. */
  findings(): readonly EvidenceFinding[] {
    const ofTheWhole = this.#models.flatMap((evidence) => evidence.findings());
    return this.#segmentsDecide ? [...ofTheWhole, ...this.#segments.findings()] : ofTheWhole;
  }

  /** Each model's answers symbol by symbol, whether they decide or not. */
  segments(): ReadonlyMap<string, ModelSegments> {
    return this.#segments.segments();
  }

  /** What is proven. */
  conclusive(): readonly EvidenceFinding[] {
    return this.findings().filter(({ conclusive }) => conclusive);
  }

  /** The full state, from which `restore` continues. */
  state(): SequentialState {
    return {
      version: 2,
      setup: this.#setup,
      decisions: this.#decisions,
      bursts: this.#bursts.state(),
      models: this.#models.map((evidence) => evidence.state()),
      segments: this.#segments.state(),
    };
  }
}

function readingOf(readings: readonly ModelReading[], name: string): ModelReading | undefined {
  for (const reading of readings) if (reading.model === name) return reading;
  return undefined;
}

function asState(state: unknown): SequentialState {
  const known = state as Partial<SequentialState> | null;
  if (typeof known !== "object" || known?.version !== 2) throw refused("it is not evidence of version 2");
  const { setup, decisions, models } = known;
  if (typeof setup !== "string" || !Number.isSafeInteger(decisions) || (decisions ?? -1) < 0 || !Array.isArray(models))
    throw refused("parts of it are missing");
  return known as SequentialState;
}

function refused(why: string, cause?: unknown): QscError {
  return new QscError(
    "evidence_unusable",
    `The evidence of the watch cannot be resumed: ${why}. Roll back the canary with qsc rollback.`,
    { cause },
  );
}
