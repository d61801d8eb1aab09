import { sameWeights, type CanaryState } from "@qsc/contract";
import type { NotServed } from "./prove.js";

/** Attempts are never further apart than this, in attempts. */
const WIDEST = 16;

/** Which attempt at one rollback this is: 1 for the first. */
export function attemptOf(state: CanaryState | null): number {
  return state?.phase === "rolling_back" ? (state.attempts ?? 0) + 1 : 1;
}

/**
 * Whether an attempt that comes by itself may restart the engine once more, and is written to the audit log: the first,
 * the second, the fourth, and so on up to every sixteenth. What one restart has not changed another seldom does.
 */
export function isRestartDue(attempt: number): boolean {
  return attempt % WIDEST === 0 || Number.isInteger(Math.log2(attempt));
}

/** Whether what an engine says of itself is the canary: then only a restart helps. */
export function servesCanary({ engine }: NotServed, state: CanaryState | null): boolean {
  const canary = state?.canary ?? null;
  if (engine === null) return false;
  return engine.canary !== null || (canary !== null && sameWeights(Object.fromEntries(engine.weights), canary.weights));
}
