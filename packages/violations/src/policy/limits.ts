import type { Limit } from "../checks/definition.js";
import { ENSEMBLE_ROWS } from "../checks/ensemble/rows.js";
import { FEATURE_ROWS } from "../checks/features/rows.js";
import { CHECKS } from "../checks/model/eight.js";
import { MEASURES } from "../checks/model/measures.js";
import { MODEL_ROWS } from "../checks/model/rows.js";
import type { LimitKey } from "../checks/registry.js";
import { TELEMETRY_ROWS } from "../checks/telemetry/rows.js";

/** A limit, and which direction is stricter: whether values below or above it violate. */
export interface LimitRule {
  readonly value: number;
  readonly violatedWhen: "below" | "above";
  /** Milliseconds are written as a duration in a policy file; a share is a fraction of 1. */
  readonly unit?: "ms" | "share";
}

/** The limits of the rows, each with its check. */
const ROWS: readonly (readonly [id: string, limit: Limit])[] = [
  ...CHECKS.flatMap(({ id, anyOf }) =>
    anyOf.map((condition) => [id, { ...condition, ...unitOf(condition.measure) }] as const),
  ),
  ...[...MODEL_ROWS, ...TELEMETRY_ROWS, ...ENSEMBLE_ROWS, ...FEATURE_ROWS].flatMap(({ id, limits }) =>
    limits.map((limit) => [id, limit] as const),
  ),
];

/** Every limit. A policy may only move one in the stricter direction. */
export const LIMIT_RULES: Readonly<Record<LimitKey, LimitRule>> = rulesOf(ROWS);

/** Keys of a policy file that stand for a limit. */
export const LIMIT_ALIASES: readonly (readonly [alias: string, key: LimitKey])[] = ROWS.flatMap(
  ([id, { measure, alias }]) => {
    const key = `${id}.${measure}`;
    return alias !== undefined && isLimitKey(key) ? [[alias, key] as const] : [];
  },
);

/** Whether a text is the key of a limit. */
export function isLimitKey(key: string): key is LimitKey {
  return Object.hasOwn(LIMIT_RULES, key);
}

function rulesOf(rows: typeof ROWS): Readonly<Record<LimitKey, LimitRule>> {
  const rules = rows.map(([id, { measure, limit, violatedWhen, unit }]) => [
    `${id}.${measure}`,
    { value: limit, violatedWhen, ...(unit && { unit }) },
  ]);
  // The keys come from the rows, and so does the type.
  return Object.fromEntries(rules) as Readonly<Record<LimitKey, LimitRule>>;
}

/** A percentage is written as a share. */
function unitOf(measure: keyof typeof MEASURES): Pick<Limit, "unit"> {
  return MEASURES[measure].unit === "percent" ? { unit: "share" } : {};
}

/** Whether `value` allows something that `limit` forbids. */
export function isLaxer(value: number, { value: limit, violatedWhen }: LimitRule): boolean {
  return violatedWhen === "below" ? value < limit : value > limit;
}
