import type { ModelBaseline } from "@qsc/contract";
import { BettingEvidence, binomialUpperBound, RangeEvidence, type BettingState, type RangeState } from "@qsc/stats";
import { LATENCY_FLOOR_MS } from "../checks/model/measures.js";
import { toFourDecimals, type ConfidenceMemory } from "./confidence-memory.js";
import type { Observation } from "./observation.js";

/** A share's evidence, and whether the latest answer was a case. */
interface ShareState extends BettingState {
  readonly wasCase?: boolean;
}

export type TestState = ShareState | RangeState;

/** Evidence against one thing that a limit allows. */
export interface EvidenceTest {
  /** Names what is refuted, for the state file: `label BUY at most 0.7`. */
  readonly key: string;
  readonly logValue: number;
  /** Whether `logValue` is at least so large. */
  reaches(log: number): boolean;
  /** Takes one answer; `memory` knows of those before it only. */
  take(observation: Observation, memory: ConfidenceMemory): void;
  state(): TestState;
  /** @throws StatsError for a state that cannot be one */
  restore(state: TestState): void;
}

/** Whether an answer is a case of what is limited; null where it says nothing of it. */
type Indicator = (observation: Observation, memory: ConfidenceMemory) => boolean | null;

/** Below this an allowed share is as good as none. */
const LEAST_ALLOWED = 1e-6;
/** The share of values between P10 and P90 may be as large: one tenth may lie on one side, and none on the other. */
const CENTRAL_SHARE = 0.9;
const ABOVE_P95 = 0.05;
/**
 * Failures and slow answers come in streaks: one may bring on the next with this probability, and the limit is still kept. That
 * allows so much that after a case a fault hardly shows: bets are cautious then.
 */
const STREAK = 0.5;

/**
 * Evidence that more than a share `allowed` of the answers are cases. Nothing can be more than all.
 * @param streak how likely a case may bring on the next by itself: after one the allowed share is so far on its way to 1
 */
function shareTest(name: string, allowed: number, indicator: Indicator, streak = 0): readonly EvidenceTest[] {
  if (allowed >= 1) return [];
  const usual = Math.max(allowed, LEAST_ALLOWED);
  const afterCase = usual + streak * (1 - usual);
  let evidence = new BettingEvidence(usual);
  let wasCase = false;
  return [
    {
      key: `${name} at most ${allowed}`,
      get logValue() {
        return evidence.logValue;
      },
      reaches: (log) => evidence.reaches(log),
      take(observation, memory) {
        const isCase = indicator(observation, memory);
        if (isCase === null) return;
        const inStreak = wasCase && streak > 0;
        evidence.add(isCase ? 1 : 0, inStreak ? afterCase : usual, inStreak ? "cautious" : "usual");
        wasCase = isCase;
      },
      state: () => ({ ...evidence.state(), wasCase }),
      restore(state) {
        const known = asShare(state);
        evidence = BettingEvidence.from(known);
        wasCase = known.wasCase === true;
      },
    },
  ];
}

/** A label of some: the share among the predictions, whatever else they say. */
export function labelTest(labels: readonly string[], allowed: number): readonly EvidenceTest[] {
  return shareTest(`label ${labels.join(" or ")}`, allowed, ({ predicts, label }) => (predicts ? label !== null && labels.includes(label) : null));
}

/** One value to 4 decimals: no value known beforehand may come more often than the most frequent one may. */
export function modeTest(allowed: number): readonly EvidenceTest[] {
  return shareTest("one confidence", allowed, ({ confidence }, { candidate }) =>
    confidence === null || candidate === null ? null : toFourDecimals(confidence) === candidate,
  );
}

/** Around the latest median: an open interval as long as the limit cannot hold both P10 and P90, and so at most nine tenths. */
export function nearTest(limit: number): readonly EvidenceTest[] {
  return shareTest(`within ${limit / 2} of the median`, CENTRAL_SHARE, ({ confidence }, { median }) =>
    confidence === null || median === null ? null : Math.abs(confidence - median) < limit / 2,
  );
}

/** P90 - P10 at least `limit`, wherever P10 is. */
export function rangeTest(limit: number): readonly EvidenceTest[] {
  if (limit <= 0 || limit >= 1) return [];
  let evidence = new RangeEvidence(limit);
  return [
    {
      key: `P90 - P10 at least ${limit}`,
      get logValue() {
        return evidence.logValue;
      },
      reaches: (log) => evidence.logValue >= log,
      take({ confidence }) {
        if (confidence !== null) evidence.add(confidence);
      },
      state: () => evidence.state(),
      restore(state) {
        if (!("recent" in state)) throw new TypeError("a range's evidence has no recent values");
        evidence = RangeEvidence.from(state);
      },
    },
  ];
}

/**
 * Standard deviation at least `limit`. The mean square distance from any point m that is known beforehand is at least the
 * variance, and no confidence is further from m than b = max(m, 1 - m). So 1 - (x - m)^2 / b^2 is in [0, 1], and its mean is at
 * most 1 - limit^2 / b^2: a bounded mean to bet against. For a constant output that gains at most
 * -log(1 - limit^2 / b^2) an answer, some 0.007 for a limit of 0.05: the price of allowing a deviation that comes of one
 * answer in a hundred.
 */
export function stdTest(limit: number): readonly EvidenceTest[] {
  if (limit <= 0 || limit >= 0.5) return [];
  const variance = limit ** 2;
  let evidence = new BettingEvidence(1 - variance / 0.25);
  return [
    {
      key: `std at least ${limit}`,
      get logValue() {
        return evidence.logValue;
      },
      reaches: (log) => evidence.reaches(log),
      take({ confidence }, { mean }) {
        if (confidence === null) return;
        const most = Math.max(mean, 1 - mean) ** 2;
        evidence.add(Math.max(0, 1 - (confidence - mean) ** 2 / most), 1 - variance / most);
      },
      state: () => evidence.state(),
      restore(state) {
        evidence = BettingEvidence.from(asShare(state));
      },
    },
  ];
}

/** Non-predictions, absences included. */
export function errorTest(name: string, allowed: number): readonly EvidenceTest[] {
  return shareTest(name, allowed, ({ predicts }) => !predicts, STREAK);
}

/** The baseline's own rate, at the most that its counts allow but for the risk. */
export function errorRiseTest({ predictions, nonPredictions }: ModelBaseline, risk: number): readonly EvidenceTest[] {
  const answers = predictions + nonPredictions;
  return errorTest(`non-predictions as ${nonPredictions} of ${answers}`, binomialUpperBound(nonPredictions, answers, risk));
}

/** Latencies beyond `ms`. */
export function latencyTest(ms: number, allowed: number = ABOVE_P95): readonly EvidenceTest[] {
  return shareTest(`latency above ${ms} ms`, allowed, ({ latencyMs }) => (latencyMs === null ? null : latencyMs > ms), STREAK);
}

/**
 * Latencies beyond so many times the baseline's P95: at most as many as were beyond the P95 itself. That is 5 % of the
 * baseline's answers, and of what it was drawn from at most what an order statistic allows but for the risk.
 */
export function latencyRatioTest({ predictions, latencyP95Ms }: ModelBaseline, times: number, risk: number): readonly EvidenceTest[] {
  if (latencyP95Ms === null || predictions === 0) return [];
  const above = predictions - 1 - Math.floor((1 - ABOVE_P95) * (predictions - 1));
  return latencyTest(Math.max(times * latencyP95Ms, LATENCY_FLOOR_MS), binomialUpperBound(above, predictions, risk));
}

function asShare(state: TestState): ShareState {
  if ("recent" in state) throw new TypeError("a share's evidence has no recent values");
  return state;
}
