/* eslint max-lines: off --
 * One table: every measure, its worst case and the reason why that is the worst.
 */

import type { Interval, LabelSet, ModelBaseline } from "@qsc/contract";
import { fisherExactGreater, normalizedEntropy, wilsonInterval } from "@qsc/stats";
import type { Scorecard } from "../../cards/scorecard.js";
import { allLabels } from "../../labels.js";
import type { Unit } from "../words.js";
import type { MeasureName } from "./eight.js";
import { MANY_LABELS } from "./needs.js";

/** Level of every interval that is reported. */
const CONFIDENCE = 0.95;

/** A latency below this many milliseconds is no spike, whatever the baseline was. */
export const LATENCY_FLOOR_MS = 50;

/** All that a check may look at. */
export interface ModelEvidence {
  readonly card: Scorecard;
  readonly labels: LabelSet;
  /** Events that could not be read. Each is taken as the worst there can be for the check at hand. */
  readonly unread: number;
  /** Events that were read and do not name the model: it gave no prediction in them. */
  readonly absent: number;
  readonly baseline: ModelBaseline | null;
}

/** A statistic: as measured, at its worst given what could not be read, and what it rests on. */
export interface Measured {
  readonly value: number | null;
  readonly worst: number | null;
  readonly n: number;
  readonly interval: Interval | null;
  /** What the value is of, where that varies: the label, or the number that is repeated. */
  readonly of?: string;
}

/** A statistic of the checks: how it is named, and how it is taken from the evidence. */
export interface Measure {
  /** What is measured, as the subject of a sentence; `{of}` stands for what it is of. */
  readonly subject: string;
  readonly unit: Unit;
  /** What was counted. */
  readonly basis: string;
  /** A condition on it, for a table; `{bound}` stands for the limit, such as `< 0.01`. */
  readonly brief: string;
  /** A test of significance, whose chance of a false alarm is that of one look. */
  readonly isOfOneLook?: true;
  readonly take: (evidence: ModelEvidence) => Measured;
}

/** The statistics that the eight compare. */
export const MEASURES: Readonly<Record<MeasureName, Measure>> = {
  std: {
    subject: "standard deviation of confidence",
    unit: "number",
    basis: "confidences",
    brief: "std {bound}",
    take: std,
  },
  range: {
    subject: "P90 - P10 of confidence",
    unit: "number",
    basis: "confidences",
    brief: "P90 - P10 {bound}",
    take: range,
  },
  tradingShare: {
    subject: "share of {of}",
    unit: "percent",
    basis: "predictions",
    brief: "one trading label {bound}",
    take: (evidence) => largestOf(evidence, evidence.labels.acting),
  },
  neutralShare: {
    subject: "share of neutral answers",
    unit: "percent",
    basis: "predictions",
    brief: "neutral labels {bound}",
    take: neutralShare,
  },
  largestShare: {
    subject: "share of {of}",
    unit: "percent",
    basis: "predictions",
    brief: "any label {bound}",
    take: (evidence) => largestOf(evidence, [...evidence.labels.acting, ...evidence.labels.abstaining]),
  },
  entropy: {
    subject: "normalized entropy of the labels",
    unit: "number",
    basis: "predictions",
    brief: `(from ${MANY_LABELS} labels on) normalized entropy {bound}`,
    take: entropy,
  },
  entropyRatio: {
    subject: "normalized entropy of the labels against the baseline's",
    unit: "times",
    basis: "predictions",
    brief: `(from ${MANY_LABELS} labels on) normalized entropy {bound} the model's own baseline`,
    take: entropyRatio,
  },
  modeShare: {
    subject: "share of the one confidence {of}",
    unit: "percent",
    basis: "confidences",
    brief: "one value (to 4 decimals) {bound}",
    take: modeShare,
  },
  nonPredictionShare: {
    subject: "share of non-predictions",
    unit: "percent",
    basis: "answers",
    brief: "non-predictions {bound}",
    take: nonPredictionShare,
  },
  errorRiseP: {
    subject: "chance of this number of non-predictions at the baseline's rate",
    unit: "number",
    basis: "answers",
    brief: "(Fisher's exact test) P {bound} at the model's own baseline rate",
    isOfOneLook: true,
    take: errorRiseP,
  },
  latencyP95: {
    subject: "P95 latency",
    unit: "ms",
    basis: "latencies",
    brief: "P95 latency {bound}",
    take: latencyP95,
  },
  latencyRatio: {
    subject: "P95 latency against the baseline's",
    unit: "times",
    basis: "latencies",
    brief: `P95 latency {bound} the model's own baseline and > ${LATENCY_FLOOR_MS} ms`,
    take: latencyRatio,
  },
};

function neutralShare(evidence: ModelEvidence): Measured {
  const counts = evidence.labels.abstaining.map((label) => evidence.card.labels.count(label));
  return share(
    counts.reduce((sum, count) => sum + count, 0),
    evidence.card.predictions,
    evidence,
  );
}

/**
 * Normalized entropy of the labels. Of all ways to place unread answers, all of them at the most frequent label is the
 * most unequal one: it majorizes every other, and entropy falls with that (Schur concavity; Marshall & Olkin 1979).
 */
function entropy({ card, labels, unread }: ModelEvidence): Measured {
  const counts = allLabels(labels).map((label) => card.labels.count(label));
  const largest = counts.indexOf(Math.max(...counts));
  const worst = counts.map((count, index) => (index === largest ? count + unread : count));
  return { value: normalizedEntropy(counts), worst: normalizedEntropy(worst), n: card.predictions, interval: null };
}

/** In multiples of the baseline's, which is above 0: without that it is not measured (needs.ts). */
function entropyRatio(evidence: ModelEvidence): Measured {
  const before = evidence.baseline?.entropy ?? null;
  const { value, worst, n } = entropy(evidence);
  const ratio = (now: number | null): number | null => (now === null || before === null ? null : now / before);
  return { value: ratio(value), worst: ratio(worst), n, interval: null };
}

function modeShare(evidence: ModelEvidence): Measured {
  const mode = evidence.card.confidences.mode();
  const measured = share(mode?.count ?? 0, evidence.card.confidences.n, evidence);
  return mode === null ? measured : { ...measured, of: mode.value.toFixed(4) };
}

/** Unread points worst placed, all at the mean, leave n/(n+r) of the variance. */
function std({ card, unread }: ModelEvidence): Measured {
  const n = card.confidences.n;
  const value = card.confidences.moments().std;
  const worst = value === null ? null : value * Math.sqrt(n / (n + unread));
  return { value, worst, n, interval: card.confidences.stdInterval(CONFIDENCE) };
}

/**
 * P90 - P10. The k-th smallest of a sample can only fall when points are added, and the k-th
 * largest only rise; so r unread points narrow the range most when they lie between the two:
 * P10 is then at rank 0.1 (n+r-1) of the points that were read, and P90 as far from the top.
 * Where a quantile is only known between two bounds, the narrower range counts.
 */
function range({ card, unread }: ModelEvidence): Measured {
  const sample = card.confidences;
  const n = sample.n;
  return {
    value: n === 0 ? null : rangeBetween(card, 0.1 * (n - 1)),
    worst: n === 0 ? null : rangeBetween(card, 0.1 * (n + unread - 1)),
    n,
    interval: rangeInterval(card),
  };
}

function rangeBetween({ confidences }: Scorecard, rank: number): number {
  const top = confidences.n - 1 - rank;
  if (top <= rank) return 0;
  const low = confidences.atRank(rank);
  const high = confidences.atRank(top);
  return low === null || high === null ? 0 : Math.max(0, high.lower - low.upper);
}

/** Bonferroni: the two quantiles share the error. */
function rangeInterval({ confidences }: Scorecard): Interval | null {
  const each = (1 + CONFIDENCE) / 2;
  const low = confidences.quantileInterval(0.1, each);
  const high = confidences.quantileInterval(0.9, each);
  if (low === null || high === null) return null;
  return {
    low: Math.max(0, high.low - low.high),
    high: Math.max(0, high.high - low.low),
    confidence: CONFIDENCE,
  };
}

/** The largest share among `labels`; unread answers all count for that label. */
function largestOf(evidence: ModelEvidence, labels: readonly string[]): Measured {
  let of: string | undefined;
  let largest = 0;
  for (const label of labels) {
    const count = evidence.card.labels.count(label);
    if (count > largest) {
      largest = count;
      of = label;
    }
  }
  const measured = share(largest, evidence.card.predictions, evidence);
  return of === undefined ? measured : { ...measured, of };
}

function share(count: number, n: number, { unread }: ModelEvidence): Measured {
  return {
    value: n === 0 ? null : count / n,
    worst: n === 0 ? null : (count + unread) / (n + unread),
    n,
    interval: wilson(count, n),
  };
}

function wilson(count: number, n: number): Interval | null {
  const interval = wilsonInterval(count, n, CONFIDENCE);
  return interval === null ? null : { low: interval.low, high: interval.high, confidence: CONFIDENCE };
}

/** Share of the events in which the model gave no prediction, absence included. */
function nonPredictionShare({ card, unread, absent }: ModelEvidence): Measured {
  const n = card.appearances + absent;
  const failed = card.nonPredictions.total + absent;
  return {
    value: n === 0 ? null : failed / n,
    worst: n === 0 ? null : (failed + unread) / (n + unread),
    n,
    interval: wilson(failed, n),
  };
}

/** One-sided Fisher exact test: the chance of so many more non-predictions than in the baseline. */
function errorRiseP({ card, unread, absent, baseline }: ModelEvidence): Measured {
  const n = card.appearances + absent;
  if (baseline === null) return { value: null, worst: null, n, interval: null };
  const before = baseline.predictions + baseline.nonPredictions;
  const failed = card.nonPredictions.total + absent;
  const test = (k: number, m: number): number | null => fisherExactGreater(k, m, baseline.nonPredictions, before);
  return { value: test(failed, n), worst: test(failed + unread, n + unread), n, interval: null };
}

function latencyP95({ card, unread }: ModelEvidence): Measured {
  const n = card.latencies.n;
  return {
    value: card.latencies.quantile(0.95)?.upper ?? null,
    worst: worstLatency(card, unread),
    n,
    interval: card.latencies.quantileInterval(0.95, CONFIDENCE),
  };
}

/** Latencies that are unread, missing or invalid are all longer than any that was read. */
function worstLatency({ latencies, predictions }: Scorecard, unread: number): number | null {
  if (latencies.n === 0) return null;
  const rank = 0.95 * (Math.max(latencies.n, predictions) + unread - 1);
  return rank > latencies.n - 1 ? Number.MAX_VALUE : (latencies.atRank(rank)?.upper ?? null);
}

/** P95 in multiples of the baseline's; 0 below the floor, where a multiple says nothing. */
function latencyRatio(evidence: ModelEvidence): Measured {
  const p95 = latencyP95(evidence);
  const before = evidence.baseline?.latencyP95Ms ?? null;
  const ratio = (ms: number | null): number | null => {
    if (ms === null || before === null) return null;
    if (ms <= LATENCY_FLOOR_MS) return 0;
    return before === 0 ? Number.MAX_VALUE : Math.min(ms / before, Number.MAX_VALUE);
  };
  return { value: ratio(p95.value), worst: ratio(p95.worst), n: p95.n, interval: null };
}
