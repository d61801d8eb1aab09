import type { Canary } from "@qsc/contract";

/** The drop-in that gives a canary its share. */
export const CANARY_DROP_IN = "canary_weights.conf";

/** What stands in the environment of an engine that serves a canary. */
export const CANARY_VARIABLES = ["QSC_CANARY_MODEL", "QSC_CANARY_WEIGHT", "QSC_CANARY_WEIGHTS"] as const;

/** The environment that makes an engine serve the canary. */
export function canaryEnvironment({ model, weights }: Canary): ReadonlyMap<string, string> {
  return new Map([
    ["QSC_CANARY_MODEL", model],
    ["QSC_CANARY_WEIGHT", String(weights[model])],
    ["QSC_CANARY_WEIGHTS", JSON.stringify(weights)],
  ]);
}
