import type { CheckResult } from "@qsc/contract";
import type { Scope, WatchRole } from "./definition.js";
import { REGISTRY, registered } from "./registry.js";

/** How a running watch treats a violation. A policy's own check belongs to a model and is a statistic. */
export function watchRoleOf(scope: "model" | "telemetry", id: string): WatchRole {
  return registered(scope, id)?.watch ?? (scope === "model" ? "with enough decisions" : "at once");
}

/** Whether a check without conditions approaches its limit gradually; other such checks either hold or do not. */
export function isGradual(scope: Scope, id: string): boolean {
  return registered(scope, id)?.gradual === true;
}

/** The checks of a model, without those already implied by a violation of the telemetry. */
export function withoutImplied(
  checks: readonly CheckResult[],
  telemetry: readonly CheckResult[],
): readonly CheckResult[] {
  const violated = new Set<string>(telemetry.filter(({ status }) => status === "violation").map(({ id }) => id));
  return checks.filter(({ id }) => {
    const impliedBy = registered("model", id)?.impliedBy;
    return impliedBy === undefined || !violated.has(impliedBy);
  });
}

/** The checks of the telemetry, without those that the feature checks replace. */
export function besideFeatures(telemetry: readonly CheckResult[]): readonly CheckResult[] {
  const replaced = new Set<string | undefined>(REGISTRY.map(({ replaces }) => replaces));
  return telemetry.filter(({ id }) => !replaced.has(id));
}

/**
 * Whether a document names the result of a check even when it passed: a few rejected entries still make other checks
 * unknown.
 */
export function isNamed({ id, status, value }: Pick<CheckResult, "id" | "status" | "value">): boolean {
  return registered("telemetry", id)?.isAlwaysNamed === true && status === "pass" && value !== 0;
}

/** What to do about a violation of a check that all models share; null for any other code. */
export function nextStepOf(code: string): string | null {
  // A name may be that of a model's check too, which has causes instead.
  const row = REGISTRY.find(({ id, nextStep }) => id === code && nextStep !== undefined);
  return row?.nextStep?.replaceAll("`", "") ?? null;
}

/**
 * The checks of the telemetry that show the engine serving something other than what the gate judged, one sentence
 * each.
 */
export function servingOther(telemetry: readonly CheckResult[], found: readonly string[]): readonly CheckResult[] {
  if (found.length === 0) return telemetry;
  return telemetry.map((check) =>
    registered("telemetry", check.id)?.isOfWhatIsServed === true
      ? { ...check, status: "violation", waived: false, reason: found.join("; ") }
      : check,
  );
}
