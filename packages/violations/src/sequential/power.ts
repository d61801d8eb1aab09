import { rules, type ModelBaseline, type Policy } from "@qsc/contract";
import type { Previous } from "../dependence/previous-answers.js";
import { CHECKS, type BetName, type Check, type Condition } from "../checks/model/eight.js";
import { isMet } from "../checks/model/needs.js";
import { limitKey, type LimitKey } from "../checks/registry.js";
import { allLabels } from "../labels.js";
import { limitOf } from "../policy/limit-of.js";
import { wholeBudget } from "../segments/budget.js";
import { betsOn, betsOnCondition, contextOf, thresholdOf } from "./bets.js";
import { ConfidenceMemory } from "./confidence-memory.js";
import { toFourDecimals, type Observation } from "./observation.js";
import type { SequentialTest, TestState } from "./sequential-test.js";
import { HEALTHY, healthyAnswer, MOST_OBSERVATIONS } from "./simulated.js";
import { FALSE_ALARM_BUDGET, sequentialOptionsRule, type SequentialOptions } from "./sequential-monitor.js";

/** What the sequential tests of a watch can see of one limit. */
export interface Power {
  readonly model: string;
  readonly check: Check["id"];
  readonly limit: LimitKey;
  /** The gross fault that is found last, in words. */
  readonly fault: string;
  /**
   * Observations, one of each burst, until the limit's own tests prove it, if it begins with the watch; null if that
   * takes more than were asked for.
   */
  readonly observations: number | null;
  /** The same if it begins after 512 healthy answers, for symbols that are remembered or not, whichever takes longer. */
  readonly late: number | null;
}

/** A fault that is as bad as can be. */
interface GrossFault {
  readonly text: string;
  readonly answer: (n: number) => Observation;
}

const ANSWER: Observation = { predicts: true, label: null, confidence: null, latencyMs: null };

/** Near the end of the scale, where a small deviation is hardest to prove. */
const CONFIDENCE = 0.99;
const ONE_CONFIDENCE = always("always one confidence", { confidence: CONFIDENCE });
/** Almost one: no test of equal confidences sees it. */
const NEAR_ONE: GrossFault = {
  text: "confidences within 0.001",
  answer: (n) => ({ ...ANSWER, confidence: CONFIDENCE + (n % 8) * 1e-4 }),
};
const NO_ANSWER = always("no answer at all", { predicts: false });
const SLOW = always("every answer slow", { latencyMs: Number.MAX_VALUE });

/** The gross faults that each bet is for. */
const FAULTS: Readonly<Record<BetName, (policy: Policy) => readonly GrossFault[]>> = {
  spread: () => [NEAR_ONE],
  "near the median": () => [NEAR_ONE],
  "both ends": () => [NEAR_ONE],
  "one confidence": () => [ONE_CONFIDENCE],
  "each trading label": ({ labels }) => labels.acting.map(oneLabel),
  "the neutral labels": ({ labels }) => labels.abstaining.map(oneLabel),
  "each label": ({ labels }) => allLabels(labels).map(oneLabel),
  "few labels": () => [always("few of the labels", {})],
  "non-predictions": () => [NO_ANSWER],
  "the baseline's error rate": () => [NO_ANSWER],
  latency: () => [SLOW],
  "the baseline's latency": () => [SLOW],
};

function oneLabel(label: string): GrossFault {
  return always(`always ${label}`, { label });
}

function always(text: string, given: Partial<Observation>): GrossFault {
  const answer = { ...ANSWER, ...given };
  return { text, answer: () => answer };
}

/** A latency has no largest value; shares have. */
const WITHOUT_END: ReadonlySet<BetName> = new Set<BetName>(["latency", "the baseline's latency"]);

function canBeExceeded({ bet, violatedWhen }: Condition, limit: number): boolean {
  return violatedWhen === "below" ? limit > 0 : limit < 1 || WITHOUT_END.has(bet);
}

/**
 * What the tests of a watch with these options can see, computed beforehand: for each model and each limit of the eight
 * checks, after how many observations a gross fault is conclusive. The tests of that limit are asked, with every answer
 * faulty; what the others of its check find is not counted on. A limit that cannot be exceeded, or that has nothing to
 * compare with, has no row. A fault in a part of the answers takes longer.
 *
 * @param models those to answer for; the budget is split over all that are watched. Default: all
 * @param most observations after which a fault counts as not found, at most 10,000
 * @throws QscError `invalid_option`
 */
export function powerOf(
  options: SequentialOptions,
  models: readonly string[] = options.models,
  most: number = MOST_OBSERVATIONS,
): readonly Power[] {
  sequentialOptionsRule(options, "options");
  rules.listOf(rules.someText)(models, "models");
  rules.count(most, "most");
  const { policy, baselines, alpha = FALSE_ALARM_BUDGET } = options;
  const share = wholeBudget(policy, alpha) / new Set(options.models).size;
  return models.flatMap((model) => {
    const baseline = baselines?.get(model) ?? null;
    return CHECKS.flatMap((check) => powerOfCheck({ model, policy, baseline, alpha: share, check, most }));
  });
}

interface Asked {
  readonly model: string;
  readonly policy: Policy;
  readonly baseline: ModelBaseline | null;
  readonly alpha: number;
  readonly check: Check;
  readonly most: number;
}

function powerOfCheck({ model, policy, baseline, alpha, check, most }: Asked): readonly Power[] {
  const context = contextOf(check, policy, baseline, alpha);
  // Evidence of a check is the mean of its tests', so that one of them alone has to find more.
  const needed = thresholdOf(check, alpha) + Math.log(Math.max(1, betsOn(check, context).length));
  return check.anyOf.flatMap((condition) => {
    if (condition.needs !== undefined && !isMet(condition.needs, baseline, policy.labels)) return [];
    if (!canBeExceeded(condition, limitOf(policy, limitKey(check, condition)))) return [];
    const tests = betsOnCondition(check, condition, context).map((test) => ({ test, initial: test.state() }));
    const found = FAULTS[condition.bet](policy).map((fault) => {
      const own = tests.filter(({ test: { labels } }) => labels === undefined || isAmong(labels, fault));
      const run = (healthy: number, isForgotten: boolean): number | null =>
        soonest(own.map((one) => observationsUntil(one, { fault, healthy, isForgotten, needed, most, policy })));
      const [known, forgotten] = [run(HEALTHY, false), run(HEALTHY, true)];
      const late = known === null || forgotten === null ? null : Math.max(known, forgotten);
      return { fault: fault.text, observations: run(0, false), late };
    });
    const [last] = found.toSorted((a, b) => (b.late ?? Infinity) - (a.late ?? Infinity));
    return last === undefined ? [] : [{ model, check: check.id, limit: limitKey(check, condition), ...last }];
  });
}

function isAmong(labels: readonly string[], { answer }: GrossFault): boolean {
  const { label } = answer(0);
  return label !== null && labels.includes(label);
}

function soonest(all: readonly (number | null)[]): number | null {
  const found = all.filter((n) => n !== null);
  return found.length === 0 ? null : Math.min(...found);
}

interface Run {
  readonly fault: GrossFault;
  /** Healthy answers before the fault. */
  readonly healthy: number;
  /** Whether each symbol's previous answer is no longer known. */
  readonly isForgotten: boolean;
  readonly needed: number;
  readonly most: number;
  readonly policy: Policy;
}

function observationsUntil(
  { test, initial }: { readonly test: SequentialTest; readonly initial: TestState },
  { fault, healthy, isForgotten, needed, most, policy }: Run,
): number | null {
  test.restore(initial);
  const memory = new ConfidenceMemory();
  let previous: Previous = null;
  const take = (observation: Observation): void => {
    test.take(observation, memory, isForgotten ? "forgotten" : previous);
    const { label, confidence, predicts } = observation;
    if (confidence !== null) memory.add(confidence);
    if (predicts) previous = { label, confidence: confidence === null ? null : toFourDecimals(confidence) };
  };
  const labels = allLabels(policy.labels);
  for (let n = 0; n < healthy; n += 1) take(healthyAnswer(n, labels));
  for (let n = 1; n <= Math.min(most, MOST_OBSERVATIONS); n += 1) {
    take(fault.answer(n));
    if (test.reaches(needed)) return n;
  }
  return null;
}
