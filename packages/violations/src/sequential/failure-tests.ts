import type { ModelBaseline } from "@qsc/contract";
import { binomialUpperBound } from "@qsc/stats";
import { LATENCY_FLOOR_MS } from "../checks/model/measures.js";
import type { SequentialTest } from "./sequential-test.js";
import { persisting, shareTest, type Indicator } from "./share-test.js";

const ABOVE_P95 = 0.05;
/**
 * Failures and slow answers come in streaks: one may bring on the next with this probability, and the limit is still
 * kept. That allows so much that after a case a fault hardly shows: bets are cautious then.
 */
export const STREAK = 0.5;

/** A share whose cases come in streaks. */
function streakTest(name: string, allowed: number, indicator: Indicator): readonly SequentialTest[] {
  const usual = { share: allowed, bets: "usual" } as const;
  const inStreak = { share: persisting(allowed, STREAK), bets: "cautious" } as const;
  return shareTest({
    name: `${name} at most ${allowed}`,
    allowed,
    indicator,
    next: ({ wasCase }) => (wasCase ? inStreak : usual),
  });
}

/** Non-predictions, absences included. */
export function errorTest(name: string, allowed: number): readonly SequentialTest[] {
  return streakTest(name, allowed, ({ predicts }) => !predicts);
}

/** The baseline's own rate, at the most that its counts allow but for the risk. */
export function errorRiseTest({ predictions, nonPredictions }: ModelBaseline, risk: number): readonly SequentialTest[] {
  const answers = predictions + nonPredictions;
  return errorTest(
    `non-predictions as ${nonPredictions} of ${answers}`,
    binomialUpperBound(nonPredictions, answers, risk),
  );
}

/** Latencies beyond `ms`. */
export function latencyTest(ms: number, allowed: number = ABOVE_P95): readonly SequentialTest[] {
  return streakTest(`latency above ${ms} ms`, allowed, ({ latencyMs }) => (latencyMs === null ? null : latencyMs > ms));
}

/**
 * Latencies beyond a multiple of the baseline's P95: at most the share that was beyond the P95 itself. That is 5 % of the
 * baseline's answers, and of what it was drawn from at most what an order statistic allows but for the risk.
 */
export function latencyRatioTest(
  { predictions, latencyP95Ms }: ModelBaseline,
  times: number,
  risk: number,
): readonly SequentialTest[] {
  if (latencyP95Ms === null || predictions === 0) return [];
  const above = predictions - 1 - Math.floor((1 - ABOVE_P95) * (predictions - 1));
  return latencyTest(Math.max(times * latencyP95Ms, LATENCY_FLOOR_MS), binomialUpperBound(above, predictions, risk));
}
