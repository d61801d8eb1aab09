import { sameWeights, type CanaryState } from "@qsc/contract";
import type { NotServed } from "../operation/prove.js";

/** The most attempts from one that is due to the next. */
const WIDEST = 16;

/** The number of the next attempt at a rollback: 1 for the first. */
export function attemptOf(state: CanaryState | null): number {
  return state?.phase === "rolling_back" ? (state.attempts ?? 0) + 1 : 1;
}

/**
 * Whether an automatic attempt may restart the engine again, and is written to the audit log: the first, second,
 * fourth, eighth, and from then on every sixteenth. If one restart did not help, the next seldom does.
 */
export function isRestartDue(attempt: number): boolean {
  return attempt % WIDEST === 0 || Number.isInteger(Math.log2(attempt));
}

/** Whether the engine reports the canary: then only a restart helps. */
export function servesCanary({ engine }: NotServed, state: CanaryState | null): boolean {
  const canary = state?.canary ?? null;
  if (engine === null) return false;
  return engine.canary !== null || (canary !== null && sameWeights(Object.fromEntries(engine.weights), canary.weights));
}
