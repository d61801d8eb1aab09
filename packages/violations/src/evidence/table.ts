import type { ModelBaseline, Policy } from "@qsc/contract";
import { allLabels } from "../labels.js";
import { errorRiseTest, errorTest, labelTest, latencyRatioTest, latencyTest, modeTest, nearTest, rangeTest, stdTest, type EvidenceTest } from "./tests.js";

/** What the tests of a model depend on. */
interface EvidenceSetting {
  readonly policy: Policy;
  readonly baseline: ModelBaseline | null;
  /** The probability with which a bound taken from the baseline may fail. */
  readonly risk: number;
}

interface EvidenceRow {
  readonly check: string;
  /**
   * Part of the false-alarm budget. Where a limit allows a fault to pass for health for long, as P90 - P10 does (nine of ten
   * answers may be alike) and latency (slow answers may come in streaks), a check gets more of it: faults are then found about equally fast.
   */
  readonly parts: number;
  /** Each refutes one thing that the check's limits allow. */
  readonly tests: (setting: EvidenceSetting, limit: (measure: string) => number) => readonly EvidenceTest[];
}

/** The eight checks as bounds on what a model's next answer may be, given those before it. */
export const EVIDENCE_TABLE: readonly EvidenceRow[] = [
  { check: "constant_output", parts: 1, tests: (_, limit) => [...stdTest(limit("std")), ...nearTest(limit("range"))] },
  { check: "action_bias", parts: 1, tests: ({ policy }, limit) => policy.labels.trading.flatMap((label) => labelTest([label], limit("tradingShare"))) },
  { check: "dead_zone", parts: 1, tests: ({ policy }, limit) => labelTest(policy.labels.neutral, limit("neutralShare")) },
  { check: "narrow_range", parts: 4, tests: (_, limit) => rangeTest(limit("range")) },
  { check: "action_collapse", parts: 2, tests: ({ policy }, limit) => allLabels(policy.labels).flatMap((label) => labelTest([label], limit("largestShare"))) },
  { check: "confidence_collapse", parts: 2, tests: (_, limit) => [...stdTest(limit("std")), ...modeTest(limit("modeShare"))] },
  {
    check: "error_rate_spike",
    parts: 1,
    tests: ({ baseline, risk }, limit) => [
      ...errorTest("non-predictions", limit("nonPredictionShare")),
      ...(baseline === null ? [] : errorRiseTest(baseline, risk)),
    ],
  },
  {
    check: "latency_spike",
    parts: 6,
    tests: ({ baseline, risk }, limit) => [
      ...latencyTest(limit("latencyP95")),
      ...(baseline === null ? [] : latencyRatioTest(baseline, limit("latencyRatio"), risk)),
    ],
  },
];

export const ALL_PARTS: number = EVIDENCE_TABLE.reduce((sum, { parts }) => sum + parts, 0);
