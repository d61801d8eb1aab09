import type { CheckResult } from "@qsc/contract";
import type { Scope, WatchRole } from "./definition.js";
import { REGISTRY, registered } from "./registry.js";

/** What a running watch makes of a violation. A check of the policy's own is one of a model, and a statistic. */
export function watchRoleOf(scope: "model" | "telemetry", id: string): WatchRole {
  return registered(scope, id)?.watch ?? (scope === "model" ? "with enough decisions" : "at once");
}

/** Whether a check without conditions comes near to its limit by degrees; the others of its kind are kept or broken. */
export function isGradual(scope: Scope, id: string): boolean {
  return registered(scope, id)?.gradual === true;
}

/** The checks of a model without those that a violation of the telemetry says already. */
export function withoutImplied(checks: readonly CheckResult[], telemetry: readonly CheckResult[]): readonly CheckResult[] {
  const violated = new Set<string>(telemetry.filter(({ status }) => status === "violation").map(({ id }) => id));
  return checks.filter(({ id }) => {
    const impliedBy = registered("model", id)?.impliedBy;
    return impliedBy === undefined || !violated.has(impliedBy);
  });
}

/** The checks of the telemetry that the checks of its features do not ask in another way. */
export function besideFeatures(telemetry: readonly CheckResult[]): readonly CheckResult[] {
  const replaced = new Set(REGISTRY.filter(({ scope }) => scope === "features").map(({ replaces }) => replaces));
  return telemetry.filter(({ id }) => !replaced.has(id));
}

/** Whether a document names what a check found, a pass included: few rejected entries still leave other checks unknown. */
export function isNamed({ id, status, value }: Pick<CheckResult, "id" | "status" | "value">): boolean {
  return registered("telemetry", id)?.isAlwaysNamed === true && status === "pass" && value !== 0;
}

/** The checks of the telemetry where the engine serves something else than the gate judged, a sentence each. */
export function servingOther(telemetry: readonly CheckResult[], found: readonly string[]): readonly CheckResult[] {
  if (found.length === 0) return telemetry;
  return telemetry.map((check) =>
    registered("telemetry", check.id)?.isOfWhatIsServed === true
      ? { ...check, status: "violation", waived: false, reason: found.join("; ") }
      : check,
  );
}
