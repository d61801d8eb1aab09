import type { ModelBaseline, Policy } from "@qsc/contract";
import { CHECKS, type BetName, type Check, type Condition } from "../checks/model/eight.js";
import { limitKey } from "../checks/registry.js";
import { allLabels } from "../labels.js";
import { confidencePersistence, equalConfidences, labelPersistence, type Persistence } from "../dependence/bounds.js";
import { limitOf } from "../policy/limit-of.js";
import { modeTest, nearTest, rangeTest, stdTest } from "./confidence-tests.js";
import { errorRiseTest, errorTest, latencyRatioTest, latencyTest } from "./failure-tests.js";
import { labelTest } from "./label-tests.js";
import type { SequentialTest } from "./sequential-test.js";

/** What the tests of a model depend on. */
export interface TestContext {
  readonly policy: Policy;
  readonly baseline: ModelBaseline | null;
  /** The probability with which a bound taken from the baseline may fail. */
  readonly risk: number;
}

/** What each bet refutes of the limit that it is made against. */
const BETS: Readonly<Record<BetName, (context: TestContext, limit: number) => readonly SequentialTest[]>> = {
  spread: (context, limit) => stdTest(limit, ofConfidences(context)),
  "near the median": (context, limit) => nearTest(limit, ofConfidences(context)),
  "each trading label": (context, limit) => eachLabel(context, context.policy.labels.acting, limit),
  "the neutral labels": (context, limit) => {
    const { abstaining } = context.policy.labels;
    return abstaining.length === 0 ? [] : labelTest(abstaining, limit, ofLabels(context, abstaining, context.risk));
  },
  "each label": (context, limit) => eachLabel(context, allLabels(context.policy.labels), limit),
  // Which labels are left is not known beforehand: the point estimate decides.
  "few labels": () => [],
  "both ends": (context, limit) => rangeTest(limit, ofConfidences(context)),
  "one confidence": ({ baseline, risk }, limit) =>
    modeTest(limit, baseline === null ? null : equalConfidences(baseline, risk)),
  "non-predictions": (_, limit) => errorTest("non-predictions", limit),
  "the baseline's error rate": ({ baseline, risk }) => (baseline === null ? [] : errorRiseTest(baseline, risk)),
  latency: (_, limit) => latencyTest(limit),
  "the baseline's latency": ({ baseline, risk }, limit) =>
    baseline === null ? [] : latencyRatioTest(baseline, limit, risk),
};

/** A test of each label. The risk is split: all their bounds have to hold. */
function eachLabel(context: TestContext, labels: readonly string[], limit: number): readonly SequentialTest[] {
  const risk = context.risk / labels.length;
  return labels.flatMap((label) => labelTest([label], limit, ofLabels(context, [label], risk)));
}

/** Both bounds may fail. */
function ofLabels({ baseline }: TestContext, labels: readonly string[], risk: number): Persistence | null {
  return baseline === null ? null : labelPersistence(baseline, labels, risk / 2);
}

function ofConfidences({ baseline, risk }: TestContext): number | null {
  return baseline === null ? null : confidencePersistence(baseline, risk);
}

/** One of the eight as bounds on what a model's next answer may be, given those before it. */
export function betsOn(check: Check, context: TestContext): readonly SequentialTest[] {
  return check.anyOf.flatMap((condition) => betsOnCondition(check, condition, context));
}

/** The same for one condition of it. */
export function betsOnCondition(check: Check, condition: Condition, context: TestContext): readonly SequentialTest[] {
  return BETS[condition.bet](context, limitOf(context.policy, limitKey(check, condition)));
}

/** The part of a check's budget that bounds taken from the baseline may fail with. */
const BASELINE_PART = 0.1;

/** What the tests of a check depend on. @param alpha the model's budget of false alarms */
export function contextOf(check: Check, policy: Policy, baseline: ModelBaseline | null, alpha: number): TestContext {
  return { policy, baseline, risk: budgetOf(check, alpha) * BASELINE_PART };
}

/** The natural logarithm from which on a check's evidence is conclusive. */
export function thresholdOf(check: Check, alpha: number): number {
  return -Math.log(budgetOf(check, alpha) * (1 - BASELINE_PART));
}

/** A check's part of a budget of false alarms. */
function budgetOf({ budgetParts }: Check, alpha: number): number {
  return (alpha * budgetParts) / ALL_PARTS;
}

const ALL_PARTS = CHECKS.reduce((sum, { budgetParts }) => sum + budgetParts, 0);
