import { CHECKS } from "../checks/model/eight.js";
import { WORDS } from "../checks/words.js";

/** A limit, and which way is stricter: below what it violates, or above. */
export interface LimitRule {
  readonly value: number;
  readonly violatedWhen: "below" | "above";
  /** Milliseconds are given as a duration in a policy file; a share is a fraction of 1. */
  readonly unit?: "ms" | "share";
}

const MINUTE = 60_000;

/** The limits beyond the eight checks, by `<check>.<measure>`. */
const FURTHER: Readonly<Record<string, LimitRule>> = {
  "rejected_events.share": { value: 0.01, violatedWhen: "above", unit: "share" },
  "duplicate_events.share": { value: 1, violatedWhen: "above", unit: "share" },
  "telemetry_silence.maxAge": { value: 15 * MINUTE, violatedWhen: "above", unit: "ms" },
  "clock_skew.ms": { value: 5_000, violatedWhen: "above", unit: "ms" },
  "agreement.least": { value: 0.55, violatedWhen: "below", unit: "share" },
  "agreement.most": { value: 0.8, violatedWhen: "above", unit: "share" },
  "hard_disagreement.share": { value: 0.2, violatedWhen: "above", unit: "share" },
  "insufficient_vectors.count": { value: 50, violatedWhen: "below" },
  "flat_features.share": { value: 0.3, violatedWhen: "above", unit: "share" },
  "repeated_vectors.share": { value: 0.5, violatedWhen: "above", unit: "share" },
  "feature_drift.psi": { value: 0.25, violatedWhen: "above" },
};

/** Every limit there is. A policy may only move one to the stricter side. */
export const LIMIT_RULES: Readonly<Record<string, LimitRule>> = {
  ...Object.fromEntries(
    CHECKS.flatMap((check) =>
      check.anyOf.map((condition): [string, LimitRule] => [
        `${check.id}.${condition.measure}`,
        {
          value: condition.limit,
          violatedWhen: condition.violatedWhen,
          ...(WORDS[condition.measure].unit === "percent" ? { unit: "share" } : {}),
        },
      ]),
    ),
  ),
  ...FURTHER,
};

/** Whether `value` allows something that `limit` does not. */
export function isLaxer(value: number, { value: limit, violatedWhen }: LimitRule): boolean {
  return violatedWhen === "below" ? value < limit : value > limit;
}
