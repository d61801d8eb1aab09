import { LONGEST_SILENCE_SECONDS } from "../operation/bounds.js";
import { LEASE_SECONDS } from "../operation/lease-seconds.js";

/** What decides about the lease of a watch. */
export interface LeaseSight {
  /** Whether this process has judged the canary itself: a start alone renews nothing. */
  readonly hasJudged: boolean;
  /** Time since the last judgement, in milliseconds; null if unknown. */
  readonly silenceMs: number | null;
  /** Since the boot, in milliseconds. */
  readonly uptimeMs: number;
}

/**
 * Up to which uptime the lease may be renewed, in seconds; null: not at all. A judgement gives the canary a whole
 * lease. Until the next one, the process that judged may extend it, but never beyond the longest silence.
 */
export function leaseUntil({ hasJudged, silenceMs, uptimeMs }: LeaseSight): number | null {
  if (!hasJudged || silenceMs === null || isSilent(silenceMs)) return null;
  return Math.min(uptimeMs / 1000 + LEASE_SECONDS, (uptimeMs - silenceMs) / 1000 + LONGEST_SILENCE_SECONDS);
}

/** Whether the canary has not been judged for too long. Started seconds count, since a lease ends at a whole second. */
export function isSilent(silenceMs: number | null): boolean {
  return silenceMs !== null && Math.ceil(silenceMs / 1000) >= LONGEST_SILENCE_SECONDS;
}
