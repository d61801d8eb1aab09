import { requireList, show } from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";

/**
 * Logarithm of the mean of several e-values, given as natural logarithms: evidence against "all of their hypotheses
 * hold", however the e-values depend on each other (Vovk & Wang 2021: the mean is the only symmetric merger that is
 * always valid; a product needs independence). The mean of evidence processes over the same observations is an evidence
 * process too. Never overflows.
 *
 * @returns null for an empty list: no evidence was collected, which is not the same as no evidence against
 * @throws StatsError `not_finite` for NaN or +Infinity; -Infinity is an e-value of 0
 */
export function meanLogEValue(logs: readonly number[]): number | null {
  requireList(logs, "logs");
  if (logs.length === 0) return null;
  for (const log of logs) {
    if (typeof log === "number" && log < Infinity) continue;
    throw new StatsError(STATS_ERROR_CODES.notFinite, `log e-value is ${show(log)}: expected a number below Infinity`);
  }
  const largest = Math.max(...logs);
  if (largest === -Infinity) return -Infinity;
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0) / logs.length);
}
