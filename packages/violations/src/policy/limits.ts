import { CHECKS } from "../checks/table.js";

/** A limit, and which way is stricter: below what it violates, or above. */
export interface LimitRule {
  readonly value: number;
  readonly violatedWhen: "below" | "above";
  /** Given as a duration in a policy file. */
  readonly unit?: "ms";
}

const MINUTE = 60_000;

/** The limits beyond the eight checks, by `<check>.<measure>`. */
const FURTHER: Readonly<Record<string, LimitRule>> = {
  "rejected_events.share": { value: 0.01, violatedWhen: "above" },
  "duplicate_events.share": { value: 1, violatedWhen: "above" },
  "telemetry_silence.maxAge": { value: 15 * MINUTE, violatedWhen: "above", unit: "ms" },
  "clock_skew.ms": { value: 5_000, violatedWhen: "above", unit: "ms" },
  "agreement.least": { value: 0.55, violatedWhen: "below" },
  "agreement.most": { value: 0.8, violatedWhen: "above" },
  "hard_disagreement.share": { value: 0.2, violatedWhen: "above" },
  "insufficient_vectors.count": { value: 50, violatedWhen: "below" },
  "flat_features.share": { value: 0.3, violatedWhen: "above" },
  "repeated_vectors.share": { value: 0.5, violatedWhen: "above" },
  "feature_drift.psi": { value: 0.25, violatedWhen: "above" },
};

/** Every limit there is. A policy may only move one to the stricter side. */
export const LIMIT_RULES: Readonly<Record<string, LimitRule>> = {
  ...Object.fromEntries(
    CHECKS.flatMap((check) =>
      check.anyOf.map((condition): [string, LimitRule] => [
        `${check.id}.${condition.measure}`,
        { value: condition.limit, violatedWhen: condition.violatedWhen },
      ]),
    ),
  ),
  ...FURTHER,
};

/** Whether `value` allows something that `limit` does not. */
export function isLaxer(value: number, { value: limit, violatedWhen }: LimitRule): boolean {
  return violatedWhen === "below" ? value < limit : value > limit;
}
