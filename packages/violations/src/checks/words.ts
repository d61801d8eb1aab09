import { invalidOption } from "@qsc/contract";
import type { MeasureName } from "./measures.js";

/** How a number is said to a person. */
export type Unit = "number" | "percent" | "ms" | "times" | "count";

interface Words {
  /** What is measured, as the subject of a sentence; `{of}` stands for what it is of. */
  readonly subject: string;
  readonly unit: Unit;
  /** What was counted. */
  readonly basis: string;
}

/** How each statistic of the checks is named. */
export const WORDS: Readonly<Record<MeasureName, Words>> = {
  std: { subject: "standard deviation of confidence", unit: "number", basis: "confidences" },
  range: { subject: "P90 - P10 of confidence", unit: "number", basis: "confidences" },
  tradingShare: { subject: "share of {of}", unit: "percent", basis: "predictions" },
  neutralShare: { subject: "share of neutral answers", unit: "percent", basis: "predictions" },
  largestShare: { subject: "share of {of}", unit: "percent", basis: "predictions" },
  modeShare: { subject: "share of the one confidence {of}", unit: "percent", basis: "confidences" },
  nonPredictionShare: { subject: "share of non-predictions", unit: "percent", basis: "answers" },
  errorRiseP: { subject: "chance of so many non-predictions at the baseline's rate", unit: "number", basis: "answers" },
  latencyP95: { subject: "P95 latency", unit: "ms", basis: "latencies" },
  latencyRatio: { subject: "P95 latency against the baseline's", unit: "times", basis: "latencies" },
};

/** A value with its unit: `85 %`, `0.0093`, `12.5 ms`. */
export function say(value: number | null, unit: Unit): string {
  if (value === null) return "unknown";
  if (typeof value !== "number") throw invalidOption("value", value, "a number, or null");
  if (value === Number.MAX_VALUE) return "without bound";
  switch (unit) {
    case "percent":
      return `${trim((value * 100).toFixed(2))} %`;
    case "ms":
      return `${trim(value.toFixed(1))} ms`;
    case "times":
      return `${trim(value.toFixed(2))} x`;
    case "count":
      return String(value);
    case "number":
      return value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(1) : trim(value.toFixed(6));
    default:
      throw invalidOption("unit", unit, "number, percent, ms, times or count");
  }
}

function trim(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}
