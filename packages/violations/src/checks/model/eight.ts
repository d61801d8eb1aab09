import type { CheckRow, Condition as ConditionOf } from "../definition.js";
import type { CauseName } from "./causes.js";

/**
 * The eight checks, each with everything that is known about it. Confidences are in [0, 1], shares are fractions of
 * 1, latencies are milliseconds; std is the population's, P10 and P90 are interpolated linearly. A value exactly at
 * its limit passes. A policy may tighten each limit as `<check>.<measure>`.
 */
const EIGHT = [
  {
    number: 1,
    id: "constant_output",
    title: "Constant output",
    anyOf: [
      { measure: "std", violatedWhen: "below", limit: 0.01, bet: "spread" },
      { measure: "range", violatedWhen: "below", limit: 0.001, bet: "near the median" },
    ],
    budgetParts: 1,
    causes: ["frozen"],
  },
  {
    number: 2,
    id: "action_bias",
    title: "One trading label dominates",
    anyOf: [{ measure: "tradingShare", violatedWhen: "above", limit: 0.85, bet: "each trading label" }],
    budgetParts: 1,
    causes: ["one label"],
  },
  {
    number: 3,
    id: "dead_zone",
    title: "Neutral dead zone",
    anyOf: [{ measure: "neutralShare", violatedWhen: "above", limit: 0.85, bet: "the neutral labels" }],
    budgetParts: 1,
    causes: ["one label"],
  },
  {
    number: 4,
    id: "narrow_range",
    title: "Narrow confidence range",
    anyOf: [{ measure: "range", violatedWhen: "below", limit: 0.12, bet: "both ends" }],
    budgetParts: 4,
    causes: ["says nothing"],
  },
  {
    number: 5,
    id: "action_collapse",
    title: "Label distribution collapsed",
    anyOf: [
      { measure: "largestShare", violatedWhen: "above", limit: 0.7, bet: "each label" },
      { measure: "entropy", violatedWhen: "below", limit: 0.3, bet: "few labels", needs: "many labels" },
      {
        measure: "entropyRatio",
        violatedWhen: "below",
        limit: 0.5,
        bet: "few labels",
        needs: "baseline entropy",
      },
    ],
    budgetParts: 2,
    causes: ["one label, drifted", "one label, features drifted", "one label"],
  },
  {
    number: 6,
    id: "confidence_collapse",
    title: "Confidence distribution collapsed",
    anyOf: [
      { measure: "std", violatedWhen: "below", limit: 0.05, bet: "spread" },
      { measure: "modeShare", violatedWhen: "above", limit: 0.5, bet: "one confidence" },
    ],
    budgetParts: 2,
    causes: ["says nothing"],
  },
  {
    number: 7,
    id: "error_rate_spike",
    title: "Error rate spike",
    anyOf: [
      { measure: "nonPredictionShare", violatedWhen: "above", limit: 0.05, bet: "non-predictions" },
      {
        measure: "errorRiseP",
        violatedWhen: "below",
        limit: 0.001,
        bet: "the baseline's error rate",
        needs: "baseline",
      },
    ],
    budgetParts: 1,
    causes: ["taken out", "fails too often"],
  },
  {
    number: 8,
    id: "latency_spike",
    title: "Latency spike",
    anyOf: [
      { measure: "latencyP95", violatedWhen: "above", limit: 1000, bet: "latency" },
      {
        measure: "latencyRatio",
        violatedWhen: "above",
        limit: 2,
        bet: "the baseline's latency",
        needs: "baseline latency",
      },
    ],
    budgetParts: 6,
    causes: ["too late"],
    requirement: "latency",
  },
] as const satisfies readonly CheckRow<string, string, CauseName>[];

type Row = (typeof EIGHT)[number];

/** A limit's key: `<check>.<measure>`. */
export type EightKey = KeysOf<Row>;
type KeysOf<Each> = Each extends {
  readonly id: infer Id extends string;
  readonly anyOf: readonly { readonly measure: infer Measure extends string }[];
}
  ? `${Id}.${Measure}`
  : never;

/** The measures of the eight checks. */
export type MeasureName = Row["anyOf"][number]["measure"];

/** The sequential tests that a watch makes of the eight checks. */
export type BetName = Row["anyOf"][number]["bet"];

/** One comparison in one of the eight checks. */
export type Condition = ConditionOf<MeasureName, BetName>;

/** One of the eight checks. */
export interface Check extends CheckRow<MeasureName, BetName, CauseName> {
  readonly id: Row["id"];
}

/** The eight checks, in their order. */
export const CHECKS: readonly Check[] = EIGHT;
