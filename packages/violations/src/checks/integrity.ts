import { describeBeside, describeDuration, iso, idTime, type CheckResult, type Policy } from "@qsc/contract";
import { isAbove, isBelow } from "@qsc/stats";
import type { TelemetryCard } from "../cards/telemetry-card.js";
import { Faults } from "../cards/faults.js";
import { engineRestarts, mixedBuild, weightsMismatch } from "./integrity-engine.js";
import { couldHide, describeFaults, neverStatus, result } from "./result.js";
import type { Given, TelemetryContext } from "./telemetry-context.js";
import { say } from "./words.js";

/** The checks of the telemetry itself: a violation of any fails the whole verdict. */
export const INTEGRITY_CHECKS: readonly ((given: Given) => CheckResult)[] = [
  insufficientData,
  rejectedEvents,
  duplicateEvents,
  telemetrySilence,
  streamGap,
  clockSkew,
  featureNotFinite,
  mixedBuild,
  engineRestarts,
  weightsMismatch,
];

/** Judges the telemetry itself. */
export function judgeIntegrity(
  card: TelemetryCard,
  context: TelemetryContext,
  policy: Policy,
): readonly CheckResult[] {
  return INTEGRITY_CHECKS.map((check) => check({ card, context, policy }));
}

function insufficientData({ card, context }: Given): CheckResult {
  const { judged } = card.counts;
  const { minEvents } = context;
  return result("insufficient_data", isBelow(judged, minEvents) ? "violation" : "pass", {
    value: judged,
    limit: minEvents,
    n: judged,
    reason: `${judged} events could be judged; at least ${minEvents} are needed`,
  });
}

function rejectedEvents({ card, policy }: Given): CheckResult {
  const { read, rejected } = card.counts;
  const limit = policy.limits["rejected_events.share"] ?? 0;
  const share = read === 0 ? null : rejected / read;
  const kinds = card.rejected().map((kind) => {
    return `${kind.reason} (${kind.count} x, first ${kind.samples[0] ?? "unknown"})`;
  });
  const which = kinds.length === 0 ? "" : `: ${kinds.join(", ")}`;
  return result("rejected_events", share === null ? "unknown" : isAbove(share, limit) ? "violation" : "pass", {
    value: share,
    limit,
    n: read,
    reason:
      read === 0
        ? "there was no entry to read"
        : `${rejected} of ${read} entries were rejected${which}; at most ${say(limit, "percent")} is allowed`,
  });
}

/** Repetition is counted once and harms nothing; the same decision with two contents is a contradiction. */
function duplicateEvents({ card, policy }: Given): CheckResult {
  const { read, duplicates } = card.counts;
  const limit = policy.limits["duplicate_events.share"] ?? 0;
  const value = read === 0 ? 0 : duplicates / read;
  const conflicts = card.conflicts.list();
  const violated = conflicts.length > 0 || isAbove(value, limit);
  const contradiction = conflicts.length > 0 ? `; contradictory: ${describeFaults(conflicts)}` : "";
  return result("duplicate_events", violated ? "violation" : "pass", {
    value,
    limit,
    n: read,
    reason: `${duplicates} of ${read} entries repeat a decision and were counted once${contradiction}`,
  });
}

function telemetrySilence({ card, context, policy }: Given): CheckResult {
  const limit = policy.limits["telemetry_silence.maxAge"] ?? 0;
  const newest = card.lastId;
  if (newest === null) {
    const reason = "there is no event to tell how old the telemetry is";
    return result("telemetry_silence", "unknown", { value: null, limit, n: 0, reason });
  }
  const age = Math.max(0, context.asOfMs - idTime(newest));
  const silence = card.stretches.longestSilence();
  const value = Math.max(age, silence.ms);
  const found =
    age >= silence.ms
      ? `the newest event, of ${iso(idTime(newest))}, is ${describeBeside(age, limit)} old as of ${iso(context.asOfMs)}`
      : `for ${describeBeside(silence.ms, limit)} from ${iso(silence.from)} on there was no event; ` +
        "judge only what came after (--after)";
  return result("telemetry_silence", isAbove(value, limit) ? "violation" : "pass", {
    value,
    limit,
    n: card.counts.judged,
    reason: `${found}; at most ${describeDuration(limit)} is allowed`,
  });
}

function streamGap({ card, context }: Given): CheckResult {
  const { gaps } = context;
  return result("stream_gap", gaps.length > 0 ? "violation" : "pass", {
    value: gaps.length,
    limit: 0,
    n: card.counts.read,
    reason: gaps.length > 0 ? gaps.join("; ") : "nothing was lost while the stream was read",
  });
}

function clockSkew({ card, context, policy }: Given): CheckResult {
  const limit = policy.limits["clock_skew.ms"] ?? 0;
  const until = Math.min(context.asOfMs, context.nowMs);
  const ahead = card.lastId === null ? 0 : Math.max(0, idTime(card.lastId) - until);
  const offset = Math.abs(context.sourceClockOffsetMs ?? 0);
  const value = Math.max(ahead, offset);
  const what =
    ahead >= offset
      ? `the newest event lies ${describeDuration(ahead)} after ${iso(until)}`
      : `the clock of the source and this host's differ by ${describeDuration(offset)}`;
  return result("clock_skew", value > limit ? "violation" : "pass", {
    value,
    limit,
    n: card.counts.judged,
    reason: `${what}; at most ${describeDuration(limit)} is allowed`,
  });
}

/**
 * A model that was fed a NaN or an infinity may not prove itself by what it made of it, whatever the writer made of the
 * number: a literal, null or text.
 */
function featureNotFinite({ card }: Given): CheckResult {
  const faults = new Faults();
  faults.merge(card.notFinite);
  for (const { what, count: times, sample } of card.members.lost()) faults.add(`${what} = null`, sample, times);
  const count = faults.total;
  const unread = card.counts.rejected;
  return result("feature_not_finite", neverStatus(count, unread), {
    value: count,
    limit: 0,
    n: card.counts.judged,
    reason:
      count > 0
        ? `numbers that are NaN, infinite, null or text: ${describeFaults(faults.list())}`
        : unread > 0
          ? couldHide(unread, "a NaN or an infinity")
          : "every number beside the models' answers is finite",
  });
}
