import type { LimitKey } from "../checks/registry.js";
import { allLabels } from "../labels.js";
import { profileLimitOf } from "../policy/limit-of.js";
import type { Tally } from "../prediction-judge/tally.js";
import { wilsonInterval } from "@qsc/stats";

/** How much further than the run a share may go, as a factor of its odds: 50 % may become 80 %, 97 % may become 99.2 %. */
const ODDS = 4;
/** The same for the newest 200 predictions, whose share varies more. */
const RECENT_ODDS = 10;
/** A spread may shrink to this part of the run's; a collapse leaves much less. */
const SPREAD = 1 / 3;
/** What would be constant, as a part of the run's spread. */
const CONSTANT = 1 / 10;
/** How sure the run makes of its own shares. */
const SURE = 0.99;
/** From this share on, 200 sound predictions in a row may have the same label. */
const RARELY_OTHERWISE = 0.7;

/**
 * The limits that follow from an approved run: each is as far from what the run shows as a collapse is, in either
 * direction. A limit that the run says nothing about is the built-in one.
 */
export function learntLimits(
  tally: Tally,
  builtIn: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  return { ...builtIn, ...ofShares(tally, builtIn), ...ofScores(tally, builtIn), ...ofFaults(tally, builtIn) };
}

type Limits = Readonly<Record<string, number>>;
/** Limits whose keys the compiler knows. */
type Learnt = Readonly<Partial<Record<LimitKey, number>>>;

function ofShares({ card, profile }: Tally, builtIn: Limits): Learnt {
  const { labels } = profile;
  if (labels === null) return {};
  const n = card.predictions;
  const largest = upperShare(Math.max(...allLabels(labels).map((label) => card.labels.count(label))), n);
  const neutral = upperShare(
    labels.abstaining.reduce((sum, label) => sum + card.labels.count(label), 0),
    n,
  );
  const entropy = card.entropy() ?? 0;
  return {
    "action_bias.tradingShare": further(largest, ODDS),
    "action_collapse.largestShare": further(largest, ODDS),
    "dead_zone.neutralShare":
      labels.abstaining.length === 0 ? of(builtIn, "dead_zone.neutralShare") : further(neutral, ODDS),
    "action_collapse.entropy": entropy / 2,
    "recent_collapse.tradingShare": largest > RARELY_OTHERWISE ? 1 : of(builtIn, "recent_collapse.tradingShare"),
    "recent_collapse.neutralShare": neutral > RARELY_OTHERWISE ? 1 : of(builtIn, "recent_collapse.neutralShare"),
  };
}

function ofScores({ card: { confidences } }: Tally, builtIn: Limits): Learnt {
  const std = confidences.moments().std ?? 0;
  const range = Math.max(0, (confidences.quantile(0.9)?.lower ?? 0) - (confidences.quantile(0.1)?.upper ?? 0));
  const mode = upperShare(confidences.mode()?.count ?? 0, confidences.n);
  return {
    "constant_output.std": Math.min(of(builtIn, "constant_output.std"), std * CONSTANT),
    "constant_output.range": Math.min(of(builtIn, "constant_output.range"), range * CONSTANT),
    "narrow_range.range": range * SPREAD,
    "confidence_collapse.std": std * SPREAD,
    "confidence_collapse.modeShare": Math.max(of(builtIn, "confidence_collapse.modeShare"), further(mode, ODDS)),
    "recent_collapse.std": Math.min(of(builtIn, "recent_collapse.std"), std * CONSTANT),
    "recent_collapse.modeShare": Math.max(of(builtIn, "recent_collapse.modeShare"), further(mode, RECENT_ODDS)),
  };
}

function ofFaults({ card }: Tally, builtIn: Limits): Learnt {
  const failed = upperShare(card.nonPredictions.total, card.appearances);
  const p95 = card.latencies.quantile(0.95)?.upper ?? null;
  const cap = of(builtIn, "latency_spike.latencyP95");
  return {
    "error_rate_spike.nonPredictionShare": Math.max(
      of(builtIn, "error_rate_spike.nonPredictionShare"),
      card.nonPredictions.total === 0 ? 0 : Math.min(1, 2 * failed),
    ),
    "latency_spike.latencyP95": p95 === null ? cap : Math.max(cap, 2 * p95),
  };
}

/** The largest share that the run may really have. */
function upperShare(count: number, n: number): number {
  return wilsonInterval(count, n, SURE)?.high ?? 1;
}

/** A share whose odds are this factor of the given ones. */
function further(share: number, factor: number): number {
  return (factor * share) / (1 - share + factor * share);
}

function of(limits: Limits, key: LimitKey): number {
  return profileLimitOf({ limits }, key);
}
