import { describeBeside, describeDuration, type CheckResult, type CheckStatus } from "@qsc/contract";
import { limitOf } from "../../policy/limit-of.js";
import { couldHide, describeFaults, result } from "../result.js";
import type { Given } from "./telemetry-context.js";

/** One result about the age of features, and its words. */
interface Finding {
  readonly status: CheckStatus;
  readonly reason: string;
}

/**
 * Whether every decision was made from features that were fresh at that time. Version 2 says when its features were
 * taken. Version 1 does not: its timestamp may be a candle's.
 */
export function staleFeatures(given: Given): CheckResult {
  const { card, policy } = given;
  const limit = limitOf(policy, "telemetry_silence.maxAge");
  const { status, reason } =
    [invalid, old, ahead, missing, unread].map((find) => find(given, limit)).find((found) => found !== null) ??
    fresh(given, limit);
  return result("stale_features", status, {
    value: card.featureTimes.oldest?.ms ?? null,
    limit,
    n: card.featureTimes.known,
    reason,
    waived: !card.engine.contracts.list().some(({ what }) => what === "2"),
  });
}

function invalid({ card: { featureTimes } }: Given): Finding | null {
  const faults = featureTimes.invalid.list();
  if (faults.length === 0) return null;
  return {
    status: "violation",
    reason: `features_at is a time in ISO 8601, such as 2026-01-11T08:30:00Z, not ${describeFaults(faults)}`,
  };
}

function old({ card: { featureTimes } }: Given, limit: number): Finding | null {
  const { oldest } = featureTimes;
  if (oldest === null || oldest.ms <= limit) return null;
  const age = `decision ${oldest.id} was made from features that were ${describeBeside(oldest.ms, limit)} old`;
  return { status: "violation", reason: `${age}; at most ${describeDuration(limit)} is allowed` };
}

/** A decision cannot use features from after it: one of the two times is wrong. */
function ahead({ card: { featureTimes }, policy }: Given): Finding | null {
  const limit = limitOf(policy, "clock_skew.ms");
  const { ahead } = featureTimes;
  if (ahead === null || ahead.ms <= limit) return null;
  const distance = `decision ${ahead.id} names features of ${describeBeside(ahead.ms, limit)} after it`;
  return { status: "violation", reason: `${distance}; at most ${describeDuration(limit)} is allowed` };
}

function missing({ card: { featureTimes } }: Given): Finding | null {
  const faults = featureTimes.missing.list();
  return faults.length === 0
    ? null
    : { status: "unknown", reason: `decisions do not say how old their features were: ${describeFaults(faults)}` };
}

function unread({ card }: Given): Finding | null {
  const { rejected } = card.counts;
  return rejected === 0 || card.featureTimes.known === 0
    ? null
    : { status: "unknown", reason: couldHide(rejected, "a decision made from old features") };
}

function fresh({ card: { featureTimes } }: Given, limit: number): Finding {
  const { known, oldest } = featureTimes;
  if (known === 0) return { status: "unknown", reason: "version 1 telemetry does not say how old the features were" };
  const age =
    oldest === null
      ? "no decision was made from features of before it"
      : `the oldest features of a decision were ${describeDuration(oldest.ms)} old`;
  return { status: "pass", reason: `${age}; at most ${describeDuration(limit)} is allowed` };
}
