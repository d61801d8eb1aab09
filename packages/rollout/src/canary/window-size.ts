import { QscError, type Policy } from "@qsc/contract";
import { limitOf } from "@qsc/violations";

/** The number of newest entries that a watch judges by default. */
export const WATCH_WINDOW = 2000;

/** A model that is missing from a greater share of decisions than this never has enough predictions. */
export const MOST_MISSING = 0.05;

/**
 * The smallest window, in entries, in which a watch can find what its policy needs. It is larger than
 * `minEvents.canary`: some entries may be rejected, and some decisions may lack a model, without a violation. Repeated
 * entries are not part of the sum, since any share of them may be allowed: they are made up for by judging all entries
 * as well.
 */
export function leastWindow(policy: Pick<Policy, "minEvents" | "limits">): number {
  const judged = 1 - limitOf(policy, "rejected_events.share");
  return Math.ceil(policy.minEvents.canary / (judged * (1 - MOST_MISSING)));
}

/**
 * Checks the window; answers what the watch judges, in words.
 * @throws QscError `window_too_small` if no watch with this window could prove anything
 */
export function requireWindow(
  window: number,
  policy: Pick<Policy, "minEvents" | "limits">,
  policySource: string,
): string {
  const least = leastWindow(policy);
  if (window >= least) return `the watch judges the newest ${window} entries`;
  const { canary } = policy.minEvents;
  throw new QscError(
    "window_too_small",
    `A watch that judges the newest ${window} entries can never have the ${canary} events that minEvents.canary of the policy ${policySource} asks for, ` +
      `as some may be rejected or lack a model: even a healthy canary would be rolled back at its end. Watch with --window ${least} or more, or lower minEvents.canary.`,
  );
}
