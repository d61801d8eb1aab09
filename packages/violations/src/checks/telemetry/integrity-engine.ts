import type { CheckResult, Counted, WeightsByModel } from "@qsc/contract";
import { isRequired } from "../required.js";
import { describeFaults, result } from "../result.js";
import { describeClock } from "./clock-words.js";
import type { ClockOffset, Given } from "./telemetry-context.js";

/** More than one build or contract version among the judged events. */
export function mixedBuild({ card, policy }: Given): CheckResult {
  const { builds, contracts, allVersion2 } = card.engine;
  const kinds = builds.list();
  const versions = contracts.list();
  const mixed = kinds.length > 1 || versions.length > 1;
  const names = describeFaults(kinds);
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
    waived: !isRequired(policy, "mixed_build") && versions.every(({ what }) => what === "1"),
  });
}

/** More than one process among the judged events. */
export function engineRestarts({ card, context, policy }: Given): CheckResult {
  const boots = card.engine.boots.list();
  const known = card.engine.allVersion2 && boots.length > 0;
  const restarts = Math.max(0, boots.length - 1);
  return result("engine_restarts", restarts > 0 ? "violation" : known ? "pass" : "unknown", {
    value: boots.length === 0 ? null : restarts,
    limit: 0,
    n: card.counts.judged,
    reason:
      restarts > 0
        ? `the events judged are of ${boots.length} processes; ${whatToJudge(context.sourceClockOffsetMs)}`
        : known
          ? "every event is of the same process"
          : "version 1 telemetry does not tell one process from the next",
    waived: !isRequired(policy, "engine_restarts") && !card.engine.contracts.list().some(({ what }) => what === "2"),
  });
}

/** Entries have the time of a source whose clock is ahead: those of the former process lie after the new one's start. */
function whatToJudge(offset: ClockOffset | null): string {
  const after = "judge only those after the last restart (--after)";
  if (offset === null || !(offset.low > 0) || !(offset.high >= offset.low)) return after;
  return `${after}; if these are, the clock of the source is ahead of this host's by ${describeClock(offset)}, so that the last events of the process before lie after the start of this one: synchronise the clocks, and restart the engine`;
}

/**
 * More than one set of weights among the judged events, a set other than the activated one, or a canary that
 * contradicts its weights.
 */
export function weightsMismatch({ card, context, policy }: Given): CheckResult {
  const reported = card.engine.weights.list();
  const expected = context.expectedWeights;
  const known = card.engine.allVersion2 && reported.length > 0;
  const { spread } = card.engine;
  const contradictions = card.engine.contradictions.list();
  const count = spread.differs ? reported.length : 1;
  const differs = expected !== undefined && reported.length > 0 && !spread.isAlways(expected);
  const violated = spread.differs || differs || contradictions.length > 0;
  return result("weights_mismatch", violated ? "violation" : known ? "pass" : "unknown", {
    value: reported.length === 0 ? null : count,
    limit: 1,
    n: card.counts.judged,
    reason: violated
      ? `the engine reports ${describeFaults(reported)}${objection(contradictions, expected)}`
      : known
        ? "every event reports the same weights"
        : "version 1 telemetry carries no weights",
    waived: !isRequired(policy, "weights_mismatch") && !card.engine.contracts.list().some(({ what }) => what === "2"),
  });
}

/** What is wrong with the weights that the engine reports. */
function objection(contradictions: readonly Counted[], expected: WeightsByModel | undefined): string {
  if (contradictions.length > 0) return `, which contradict each other: ${describeFaults(contradictions)}`;
  return expected === undefined
    ? ": one engine has one set of weights"
    : `; activated were ${JSON.stringify(expected)}`;
}
