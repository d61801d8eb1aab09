import { rules, type CheckResult, type Policy, type RejectionReason } from "@qsc/contract";
import { isAbove, isBelow } from "@qsc/stats";
import { KindCounter } from "../../cards/kind-counter.js";
import { TelemetryCard } from "../../cards/telemetry-card.js";
import { telemetryContextRule } from "../../given/contexts.js";
import { policyRule } from "../../policy/assert-policy.js";
import { limitOf } from "../../policy/limit-of.js";
import type { TelemetryCheckId } from "../registry.js";
import { clockSkew } from "./clock-skew.js";
import { TELEMETRY_ROWS } from "./rows.js";
import { shardCoverage } from "./shard-coverage.js";
import { staleFeatures } from "./stale-features.js";
import { telemetrySilence } from "./telemetry-silence.js";
import { engineRestarts, mixedBuild, weightsMismatch } from "./integrity-engine.js";
import { couldHide, describeFaults, neverStatus, result } from "../result.js";
import type { Given, TelemetryContext } from "./telemetry-context.js";
import { say } from "../words.js";
import { worse } from "../worse.js";

/** The function that judges each check of the telemetry; it returns null if the check does not apply. */
const JUDGES: Readonly<Record<TelemetryCheckId, (given: Given) => CheckResult | null>> = {
  insufficient_data: insufficientData,
  rejected_events: rejectedEvents,
  duplicate_events: duplicateEvents,
  telemetry_silence: telemetrySilence,
  stale_features: staleFeatures,
  shard_coverage: shardCoverage,
  stream_gap: streamGap,
  clock_skew: clockSkew,
  feature_not_finite: featureNotFinite,
  mixed_build: mixedBuild,
  engine_restarts: engineRestarts,
  weights_mismatch: weightsMismatch,
};

/**
 * Judges the telemetry itself: over distinct decisions and over all entries, and the worse result counts. The number
 * of events, the longest silence and the share of rejected entries can never be worse over all entries, so they use
 * distinct decisions alone.
 *
 * @throws QscError `invalid_option` when the card, context or policy is invalid
 */
export function judgeIntegrity(card: TelemetryCard, context: TelemetryContext, policy: Policy): readonly CheckResult[] {
  rules.instanceOf(TelemetryCard)(card, "card");
  telemetryContextRule(context, "context");
  policyRule(policy, "policy");
  return integrityOf({ card, context, policy }, card.withRepeats());
}

/** The same for arguments that are known to be valid. @param all the card of all entries */
export function integrityOf(given: Given, all: TelemetryCard): readonly CheckResult[] {
  return TELEMETRY_ROWS.flatMap(({ id }) => {
    const found = JUDGES[id](given);
    if (found === null) return [];
    const ofAll = all === given.card ? null : JUDGES[id]({ ...given, card: all });
    return [ofAll === null ? found : worse(found, ofAll)];
  });
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

/** Why an entry does not come from the engine. */
const FOREIGN: ReadonlySet<RejectionReason> = new Set(["signature_missing", "signature_invalid"]);

function rejectedEvents({ card, policy }: Given): CheckResult {
  const { judged, rejected, duplicates } = card.counts;
  const limit = limitOf(policy, "rejected_events.share");
  const read = judged + rejected;
  const isEmpty = read + duplicates === 0;
  const share = isEmpty ? null : rejected / Math.max(1, read);
  const entries = duplicates === 0 ? "entries" : "entries, repeated ones not counted,";
  const kinds = card.rejected().map((kind) => {
    return `${kind.reason} (${kind.count} x, first ${kind.samples[0] ?? "unknown"})`;
  });
  const which = kinds.length === 0 ? "" : `: ${kinds.join(", ")}`;
  // The engine signs each entry. An unsigned one has another writer, and even one is too many.
  const foreign = card.rejected().some(({ reason }) => FOREIGN.has(reason));
  return result(
    "rejected_events",
    share === null ? "unknown" : foreign || isAbove(share, limit) ? "violation" : "pass",
    {
      value: share,
      limit,
      n: read,
      reason: isEmpty
        ? "there was no entry to read"
        : `${rejected} of ${read} ${entries} were rejected${which}; ${foreign ? "not one may be without the engine's signature" : `at most ${say(limit, "percent")} is allowed`}`,
    },
  );
}

const REPEATED = "counts and statistics are without them, every check is judged with and without them";

/** Repetition alone does no harm; one decision with two contents is a contradiction. */
function duplicateEvents({ card, policy }: Given): CheckResult {
  const { judged, duplicates } = card.counts;
  const limit = limitOf(policy, "duplicate_events.share");
  // It is unknown whether a rejected entry repeats a decision.
  const read = judged + duplicates;
  const value = read === 0 ? 0 : duplicates / read;
  const conflicts = card.conflicts.list();
  const violated = conflicts.length > 0 || isAbove(value, limit);
  const judgedBoth = duplicates === 0 ? "" : `; ${REPEATED}`;
  const contradiction = conflicts.length > 0 ? `; contradictory: ${describeFaults(conflicts)}` : "";
  return result("duplicate_events", violated ? "violation" : "pass", {
    value,
    limit,
    n: read,
    reason: `${duplicates} of ${read} entries repeat a decision${judgedBoth}${contradiction}`,
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

/**
 * A model that received NaN or an infinity cannot be proven by its answer to it, however the writer wrote the
 * number: as a literal, null or text.
 */
function featureNotFinite({ card }: Given): CheckResult {
  const faults = new KindCounter();
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
          : "every number outside the models' answers is finite",
  });
}
