import { describeDuration, iso, idTime, type CheckResult, type EntryId, type Policy } from "@qsc/contract";
import type { TelemetryCard } from "../cards/telemetry-card.js";
import { couldHide, describeFaults, neverStatus, result } from "./result.js";
import { say } from "./words.js";

/** What is known of the telemetry besides the events themselves. */
export interface TelemetryContext {
  /** The instant that is judged for, in milliseconds since 1970. */
  readonly asOfMs: number;
  /** How far the clock of the source is from ours; null where it has none. */
  readonly sourceClockOffsetMs: number | null;
  /** What was lost under the reader, a sentence each. */
  readonly gaps: readonly string[];
  /** The fewest events, of the stream and of each model. */
  readonly minEvents: number;
  /** The weights that were activated, where somebody knows them. */
  readonly expectedWeights?: Readonly<Record<string, number>>;
}

interface Given {
  readonly card: TelemetryCard;
  readonly context: TelemetryContext;
  readonly policy: Policy;
}

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
  return result("insufficient_data", judged < minEvents ? "violation" : "pass", {
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
  return result("rejected_events", share === null ? "unknown" : share > limit ? "violation" : "pass", {
    value: share,
    limit,
    n: read,
    reason: `${rejected} of ${read} entries were rejected${which}; at most ${say(limit, "percent")} is allowed`,
  });
}

/** Repetition is counted once and harms nothing; the same decision with two contents is a contradiction. */
function duplicateEvents({ card, policy }: Given): CheckResult {
  const { read, duplicates } = card.counts;
  const limit = policy.limits["duplicate_events.share"] ?? 0;
  const value = read === 0 ? 0 : duplicates / read;
  const conflicts = card.conflicts.list();
  const violated = conflicts.length > 0 || value > limit;
  const contradiction =
    conflicts.length > 0 ? `; one decision has two contents: ${describeFaults(conflicts)}` : "";
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
  return result("telemetry_silence", age > limit ? "violation" : "pass", {
    value: age,
    limit,
    n: card.counts.judged,
    reason:
      `the newest event, of ${iso(idTime(newest))}, is ${describeDuration(age)} old ` +
      `as of ${iso(context.asOfMs)}; at most ${describeDuration(limit)} is allowed`,
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
  const ahead = card.lastId === null ? 0 : aheadOf(card.lastId, context.asOfMs);
  const offset = Math.abs(context.sourceClockOffsetMs ?? 0);
  const value = Math.max(ahead, offset);
  const what =
    ahead >= offset
      ? `the newest event lies ${describeDuration(ahead)} after ${iso(context.asOfMs)}`
      : `the clock of the source and this host's differ by ${describeDuration(offset)}`;
  return result("clock_skew", value > limit ? "violation" : "pass", {
    value,
    limit,
    n: card.counts.judged,
    reason: `${what}; at most ${describeDuration(limit)} is allowed`,
  });
}

function aheadOf(newest: EntryId, asOfMs: number): number {
  return Math.max(0, idTime(newest) - asOfMs);
}

/** A model that was fed a NaN or an infinity may not prove itself by what it made of it. */
function featureNotFinite({ card }: Given): CheckResult {
  const faults = card.notFinite.list();
  const count = card.notFinite.total;
  const unread = card.counts.rejected;
  return result("feature_not_finite", neverStatus(count, unread), {
    value: count,
    limit: 0,
    n: card.counts.judged,
    reason:
      count > 0
        ? `numbers that are NaN or infinite: ${describeFaults(faults)}`
        : unread > 0
          ? couldHide(unread, "a NaN or an infinity")
          : "every number beside the models' answers is finite",
  });
}

function mixedBuild({ card, policy }: Given): CheckResult {
  const { builds, contracts, allVersion2 } = card.engine;
  const kinds = builds.list();
  const versions = contracts.list();
  const mixed = kinds.length > 1 || versions.length > 1;
  const names = kinds.map(({ what, count }) => `${what} (${count} x)`).join(", ");
  const known = allVersion2 && kinds.length === 1;
  return result("mixed_build", mixed ? "violation" : known ? "pass" : "unknown", {
    value: kinds.length === 0 ? null : kinds.length,
    limit: 1,
    n: card.counts.judged,
    reason: mixed
      ? `the events judged are of several builds or contract versions: ${names || "none named"}; judge only those after the last restart (--after)`
      : known
        ? `every event is of build ${names}`
        : "version 1 telemetry names no build",
    waived: !policy.require.includes("build") && versions.every(({ what }) => what === "1"),
  });
}

function engineRestarts({ card, policy }: Given): CheckResult {
  const boots = card.engine.boots.list();
  const known = card.engine.allVersion2 && boots.length > 0;
  const restarts = Math.max(0, boots.length - 1);
  return result("engine_restarts", restarts > 0 ? "violation" : known ? "pass" : "unknown", {
    value: boots.length === 0 ? null : restarts,
    limit: 0,
    n: card.counts.judged,
    reason:
      restarts > 0
        ? `the events judged are of ${boots.length} processes; judge only those after the last restart (--after)`
        : known
          ? "every event is of the same process"
          : "version 1 telemetry does not tell one process from the next",
    waived: !policy.require.includes("build") && !card.engine.contracts.list().some(({ what }) => what === "2"),
  });
}

function weightsMismatch({ card, context, policy }: Given): CheckResult {
  const reported = card.engine.weights.list();
  const expected = context.expectedWeights;
  const known = card.engine.allVersion2 && reported.length > 0;
  const differs =
    expected !== undefined && reported.some(({ what }) => !sameWeights(JSON.parse(what), expected));
  const violated = reported.length > 1 || differs;
  return result("weights_mismatch", violated ? "violation" : known ? "pass" : "unknown", {
    value: reported.length === 0 ? null : reported.length,
    limit: 1,
    n: card.counts.judged,
    reason: violated
      ? `the engine reports ${reported.map(({ what, count }) => `${what} (${count} x)`).join(", ")}` +
        (expected === undefined ? ": one engine has one set of weights" : `; activated were ${JSON.stringify(expected)}`)
      : known
        ? "every event reports the same weights"
        : "version 1 telemetry carries no weights",
    waived: !policy.require.includes("weights") && !card.engine.contracts.list().some(({ what }) => what === "2"),
  });
}

/** Equal model by model to within 1e-6, the tolerance that weights are validated with. */
function sameWeights(reported: unknown, expected: Readonly<Record<string, number>>): boolean {
  const weights = new Map(Object.entries(reported as Record<string, number>));
  const names = new Set([...weights.keys(), ...Object.keys(expected)]);
  return [...names].every((name) => {
    const difference = (weights.get(name) ?? 0) - (expected[name] ?? 0);
    return Math.abs(difference) <= 1e-6;
  });
}
