import type { ModelBaseline, Policy } from "@qsc/contract";
import { CHECKS, type BetName, type Check } from "../checks/model/eight.js";
import { limitKey } from "../checks/registry.js";
import { allLabels } from "../labels.js";
import { limitOf } from "../policy/limit-of.js";
import { errorRiseTest, errorTest, labelTest, latencyRatioTest, latencyTest, modeTest, nearTest, rangeTest, stdTest, type EvidenceTest } from "./tests.js";

/** What the tests of a model depend on. */
export interface EvidenceSetting {
  readonly policy: Policy;
  readonly baseline: ModelBaseline | null;
  /** The probability with which a bound taken from the baseline may fail. */
  readonly risk: number;
}

/** What each bet refutes of the limit that it is made against. */
const BETS: Readonly<Record<BetName, (setting: EvidenceSetting, limit: number) => readonly EvidenceTest[]>> = {
  spread: (_, limit) => stdTest(limit),
  "near the median": (_, limit) => nearTest(limit),
  "each trading label": ({ policy }, limit) => policy.labels.trading.flatMap((label) => labelTest([label], limit)),
  "the neutral labels": ({ policy }, limit) => labelTest(policy.labels.neutral, limit),
  "each label": ({ policy }, limit) => allLabels(policy.labels).flatMap((label) => labelTest([label], limit)),
  "both ends": (_, limit) => rangeTest(limit),
  "one confidence": (_, limit) => modeTest(limit),
  "non-predictions": (_, limit) => errorTest("non-predictions", limit),
  "the baseline's error rate": ({ baseline, risk }) => (baseline === null ? [] : errorRiseTest(baseline, risk)),
  latency: (_, limit) => latencyTest(limit),
  "the baseline's latency": ({ baseline, risk }, limit) => (baseline === null ? [] : latencyRatioTest(baseline, limit, risk)),
};

/** One of the eight as bounds on what a model's next answer may be, given those before it. */
export function betsOn(check: Check, setting: EvidenceSetting): readonly EvidenceTest[] {
  return check.anyOf.flatMap((condition) => BETS[condition.bet](setting, limitOf(setting.policy, limitKey(check, condition))));
}

/** A check's part of a budget of false alarms. */
export function budgetOf({ budgetParts }: Check, alpha: number): number {
  return (alpha * budgetParts) / ALL_PARTS;
}

const ALL_PARTS = CHECKS.reduce((sum, { budgetParts }) => sum + budgetParts, 0);
