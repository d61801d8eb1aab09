import type { MeasureName } from "./measures.js";

/** One comparison: the check is violated when the measure is beyond the limit. */
export interface Condition {
  readonly measure: MeasureName;
  readonly violatedWhen: "below" | "above";
  readonly limit: number;
  /** The condition exists only where there is something to compare with. */
  readonly needs?: "baseline" | "baseline latency";
}

/** A check is violated when any of its conditions is. */
export interface Check {
  readonly number: number;
  readonly id: string;
  readonly title: string;
  readonly anyOf: readonly Condition[];
}

/**
 * The eight checks. Confidences are in [0, 1], shares are fractions of 1, latencies
 * milliseconds; std is the population's, P10 and P90 are interpolated linearly. A value that is
 * exactly at its limit passes. A policy may tighten each limit as `<check>.<measure>`.
 */
export const CHECKS: readonly Check[] = [
  {
    number: 1,
    id: "constant_output",
    title: "Constant output",
    anyOf: [
      { measure: "std", violatedWhen: "below", limit: 0.01 },
      { measure: "range", violatedWhen: "below", limit: 0.001 },
    ],
  },
  {
    number: 2,
    id: "action_bias",
    title: "One trading label dominates",
    anyOf: [{ measure: "tradingShare", violatedWhen: "above", limit: 0.85 }],
  },
  {
    number: 3,
    id: "dead_zone",
    title: "Neutral dead zone",
    anyOf: [{ measure: "neutralShare", violatedWhen: "above", limit: 0.85 }],
  },
  {
    number: 4,
    id: "narrow_range",
    title: "Narrow confidence range",
    anyOf: [{ measure: "range", violatedWhen: "below", limit: 0.12 }],
  },
  {
    number: 5,
    id: "action_collapse",
    title: "Label distribution collapsed",
    anyOf: [{ measure: "largestShare", violatedWhen: "above", limit: 0.7 }],
  },
  {
    number: 6,
    id: "confidence_collapse",
    title: "Confidence distribution collapsed",
    anyOf: [
      { measure: "std", violatedWhen: "below", limit: 0.05 },
      { measure: "modeShare", violatedWhen: "above", limit: 0.5 },
    ],
  },
  {
    number: 7,
    id: "error_rate_spike",
    title: "Error rate spike",
    anyOf: [
      { measure: "nonPredictionShare", violatedWhen: "above", limit: 0.05 },
      { measure: "errorRiseP", violatedWhen: "below", limit: 0.001, needs: "baseline" },
    ],
  },
  {
    number: 8,
    id: "latency_spike",
    title: "Latency spike",
    anyOf: [
      { measure: "latencyP95", violatedWhen: "above", limit: 1000 },
      { measure: "latencyRatio", violatedWhen: "above", limit: 2, needs: "baseline latency" },
    ],
  },
];
