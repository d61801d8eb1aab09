import type { CheckResult } from "@qsc/contract";
import { registered } from "../registry.js";
import { CAUSES, type Cause } from "./causes.js";

/** The likely causes of these violations of one model, likeliest first. A policy's own checks name no cause. */
export function likelyCauses(checks: readonly Pick<CheckResult, "id" | "status">[]): readonly Cause[] {
  const violated = checks.filter(({ status }) => status === "violation");
  const named = new Set(violated.flatMap(({ id }): readonly string[] => registered("model", id)?.causes ?? []));
  return CAUSES.filter(({ name }) => named.has(name));
}
