import { describeDuration, iso, idTime, type CheckResult } from "@qsc/contract";
import { result } from "./result.js";
import type { ClockOffset, Given } from "./telemetry-context.js";

/** No event may come from the future, and the clock of the source may not be far from this host's. */
export function clockSkew({ card, context, policy }: Given): CheckResult {
  const limit = policy.limits["clock_skew.ms"] ?? 0;
  const until = Math.min(context.asOfMs, context.nowMs);
  const ahead = card.lastId === null ? 0 : Math.max(0, idTime(card.lastId) - until);
  const offset = context.sourceClockOffsetMs ?? { low: 0, high: 0 };
  const judged = judgeClock(offset, limit);
  const most = `at most ${describeDuration(limit)} is allowed`;
  // What is proven comes before what cannot be told.
  const [status, value, what] =
    ahead > limit || (judged === "pass" && ahead >= farthest(offset))
      ? [ahead > limit ? "violation" : "pass", ahead, `the newest event lies ${describeDuration(ahead)} after ${iso(until)}; ${most}`] as const
      : judged === "violation"
        ? [judged, nearest(offset), `the clock of the source and this host's differ by ${describeClock(offset)}; ${most}`] as const
        : judged === "unknown"
          ? [judged, farthest(offset), `${describeUnknown(offset)}; ${most}`] as const
          : [judged, farthest(offset), `the clock of the source and this host's differ by ${describeClock(offset)}; ${most}`] as const;
  return result("clock_skew", status, { value: Number.isFinite(value) ? value : null, limit, n: card.counts.judged, reason: what });
}

/** Whether two clocks are near enough: told only where every offset within the bounds tells the same. */
export function judgeClock({ low, high }: ClockOffset, limit: number): "pass" | "violation" | "unknown" {
  if (low >= -limit && high <= limit) return "pass";
  return low > limit || high < -limit ? "violation" : "unknown";
}

/** An offset as a person reads it: a number where its bounds are close, else what it is at the least and at the most. */
export function describeClock(offset: ClockOffset): string {
  const [least, most] = [describeDuration(nearest(offset)), describeDuration(farthest(offset))];
  return offset.high - offset.low < EXACT_MS || least === most ? most : `${least} to ${most}`;
}

/** Why the offset cannot be told, and what to do. */
export function describeUnknown({ low, high }: ClockOffset): string {
  if (!Number.isFinite(high - low)) return "how far the clock of the source is from this host's cannot be told: look at both";
  return `the source took ${describeDuration(high - low)} to tell its time, so that its clock may be anything from ${describeDuration(Math.max(0, -low))} behind to ${describeDuration(Math.max(0, high))} ahead of this host's: try again, and look at what slows the server or the network down`;
}

/** Bounds that are closer than this are one number to a person. */
const EXACT_MS = 1000;

function nearest({ low, high }: ClockOffset): number {
  return low > 0 ? low : high < 0 ? -high : 0;
}

function farthest({ low, high }: ClockOffset): number {
  return Math.max(Math.abs(low), Math.abs(high));
}
