import type { Policy } from "@qsc/contract";
import { REGISTRY, type CheckId } from "./registry.js";

/** Whether the policy insists on a check, although the telemetry's version does not promise what it needs. */
export function isRequired({ require }: Pick<Policy, "require">, id: CheckId): boolean {
  return REGISTRY.some((row) => row.id === id && row.requirement !== undefined && require.includes(row.requirement));
}
