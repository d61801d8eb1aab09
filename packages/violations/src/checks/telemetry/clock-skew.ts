import { describeDuration, iso, idTime, type CheckResult, type CheckStatus } from "@qsc/contract";
import { limitOf } from "../../policy/limit-of.js";
import { describeClock, describeUnknown, farthest, nearest } from "./clock-words.js";
import { result } from "../result.js";
import type { ClockOffset, Given } from "./telemetry-context.js";

/** One of the results that the check combines. */
interface Finding {
  readonly status: CheckStatus;
  readonly value: number;
  readonly what: string;
}

/** A proven violation comes before an unknown. */
const RANK: Readonly<Record<CheckStatus, number>> = { violation: 0, unknown: 1, pass: 2 };

/** No event may come from the future, and the clock of the source must be close to this host's. */
export function clockSkew({ card, context, policy }: Given): CheckResult {
  const limit = limitOf(policy, "clock_skew.ms");
  const until = Math.min(context.asOfMs, context.nowMs);
  const ahead = card.lastId === null ? 0 : Math.max(0, idTime(card.lastId) - until);
  const future: Finding = {
    status: ahead > limit ? "violation" : "pass",
    value: ahead,
    what: `the newest event lies ${describeDuration(ahead)} after ${iso(until)}`,
  };
  const found =
    context.sourceClockOffsetMs === null ? [future] : [future, ofSource(context.sourceClockOffsetMs, limit)];
  const [{ status, value, what } = future] = found.toSorted(
    (a, b) => RANK[a.status] - RANK[b.status] || b.value - a.value,
  );
  return result("clock_skew", status, {
    value: Number.isFinite(value) ? value : null,
    limit,
    n: card.counts.judged,
    reason: `${what}; at most ${describeDuration(limit)} is allowed`,
  });
}

function ofSource(offset: ClockOffset, limit: number): Finding {
  const status = judgeClock(offset, limit);
  const what =
    status === "unknown"
      ? describeUnknown(offset)
      : `the clock of the source and this host's differ by ${describeClock(offset)}`;
  // The proven offset for a violation, otherwise the largest possible one.
  return { status, value: status === "violation" ? nearest(offset) : farthest(offset), what };
}

/** Whether two clocks are close enough: decided only when every offset within the bounds gives the same answer. */
export function judgeClock({ low, high }: ClockOffset, limit: number): "pass" | "violation" | "unknown" {
  // Bounds that contradict each other or are not numbers decide nothing.
  if (!(low <= high)) return "unknown";
  if (low >= -limit && high <= limit) return "pass";
  return low > limit || high < -limit ? "violation" : "unknown";
}
