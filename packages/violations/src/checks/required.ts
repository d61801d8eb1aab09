import type { Policy } from "@qsc/contract";
import { REGISTRY, type CheckId } from "./registry.js";

/** Whether the policy requires a check although the telemetry's version does not promise the data for it. */
export function isRequired({ require }: Pick<Policy, "require">, id: CheckId): boolean {
  return REGISTRY.some((row) => row.id === id && row.requirement !== undefined && require.includes(row.requirement));
}
