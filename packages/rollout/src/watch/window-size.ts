import { QscError, type Policy } from "@qsc/contract";
import { limitOf } from "@qsc/violations";
import { MOST_MISSING } from "./violations.js";

/** The newest entries that a watch judges where nothing else is said. */
export const WATCH_WINDOW = 2000;

/**
 * The smallest window, in entries, in which a watch can find what its policy needs. It is more than `minEvents.canary`:
 * as many entries may be rejected, and a model may be missing from as many decisions, as is no violation. Repeated
 * entries are left out of the sum, since any share of them may be allowed: over them, all entries are judged as well.
 */
export function leastWindow(policy: Pick<Policy, "minEvents" | "limits">): number {
  const judged = 1 - limitOf(policy, "rejected_events.share");
  return Math.ceil(policy.minEvents.canary / (judged * (1 - MOST_MISSING)));
}

/** Answers what the watch judges, in words. @throws QscError `window_too_small` where no watch with this window could prove anything */
export function requireWindow(window: number, policy: Pick<Policy, "minEvents" | "limits">, policySource: string): string {
  const least = leastWindow(policy);
  if (window >= least) return `the watch judges the newest ${window} entries`;
  const { canary } = policy.minEvents;
  throw new QscError(
    "window_too_small",
    `A watch that judges the newest ${window} entries can never have the ${canary} events that minEvents.canary of the policy ${policySource} asks for, `
    + `as some may be rejected or lack a model: even a healthy canary would be taken back at its end. Watch with --window ${least} or more, or lower minEvents.canary.`,
  );
}
