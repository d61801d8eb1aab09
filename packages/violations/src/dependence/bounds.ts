import type { Cases, Dependence, LabelDependence, ModelBaseline } from "@qsc/contract";
import { binomialUpperBound, normalQuantile } from "@qsc/stats";

/** Bounds of a persistence: the difference that it makes to a share whether the previous answer was a case too. */
export interface Persistence {
  readonly low: number;
  readonly high: number;
}

/** With fewer predictions after a label than this, its own persistence is not estimated. */
const LEAST_PREDICTIONS = 30;
const INDEPENDENT: Persistence = { low: 0, high: 0 };

/**
 * Bounds, each of which fails with probability at most about `risk`, of how a label persists: the share of some labels
 * after one of them, minus that after another. By the method of variance estimates recovery (Zou & Donner 2008; Newcombe
 * 1998) from exact bounds of both shares. The lower bound also holds for symbols that each lean to a label of their own:
 * it is lowered to the autocorrelation within symbols. A label too rare in the baseline is taken to persist like the
 * others, between the widest of their bounds.
 *
 * Assumption: each drawn prediction, given all before it, depends on the symbol's previous prediction alone, with the
 * same two probabilities throughout.
 *
 * @returns null if the baseline cannot bound it
 */
export function labelPersistence(
  { dependence }: Pick<ModelBaseline, "dependence">,
  labels: readonly string[],
  risk: number,
): Persistence | null {
  if (dependence === "independent") return INDEPENDENT;
  if (dependence === undefined) return null;
  const own = dependence.labels.find(
    (one) => one.labels.length === labels.length && one.labels.every((label) => labels.includes(label)),
  );
  if (own === undefined) return null;
  return boundsOf(own, risk) ?? widest(dependence, risk);
}

/**
 * Upper bound, which fails with probability at most about `risk`, of the autocorrelation of confidences within a
 * symbol, by a normal approximation whose standard error is that of independent pairs, the largest; null if the
 * baseline cannot bound it.
 */
export function confidencePersistence({ dependence }: Pick<ModelBaseline, "dependence">, risk: number): number | null {
  if (dependence === "independent") return 0;
  if (dependence === undefined) return null;
  const { autocorrelation, n } = dependence.confidences;
  if (autocorrelation === null || n < LEAST_PREDICTIONS) return null;
  return upTo1(Math.max(0, autocorrelation) - normalQuantile(risk) / Math.sqrt(n));
}

/** The same, exactly, of the share of confidences that equal the symbol's previous one. */
export function equalConfidences({ dependence }: Pick<ModelBaseline, "dependence">, risk: number): number | null {
  if (dependence === "independent") return 0;
  if (dependence === undefined) return null;
  const { cases, n } = dependence.equalConfidences;
  return n < LEAST_PREDICTIONS ? null : upTo1(binomialUpperBound(cases, n, risk));
}

/** At 1 nothing is bounded. */
function upTo1(bound: number): number | null {
  return bound < 1 ? bound : null;
}

function boundsOf({ afterThese, afterOthers, within }: LabelDependence, risk: number): Persistence | null {
  if (afterThese.n < LEAST_PREDICTIONS || afterOthers.n < LEAST_PREDICTIONS) return null;
  const after = shareOf(afterThese, risk);
  const others = shareOf(afterOthers, risk);
  const difference = after.share - others.share;
  const below = Math.hypot(after.share - after.low, others.high - others.share);
  const above = Math.hypot(after.high - after.share, others.share - others.low);
  return {
    low: Math.max(-1, Math.min(difference, within ?? difference) - below),
    high: Math.min(1, difference + above),
  };
}

function shareOf({ cases, n }: Cases, risk: number): { readonly share: number } & Persistence {
  return {
    share: cases / n,
    low: 1 - binomialUpperBound(n - cases, n, risk),
    high: binomialUpperBound(cases, n, risk),
  };
}

function widest({ labels }: Dependence, risk: number): Persistence | null {
  const bounds = labels.flatMap((one) => boundsOf(one, risk) ?? []);
  if (bounds.length === 0) return null;
  return { low: Math.min(...bounds.map(({ low }) => low)), high: Math.max(...bounds.map(({ high }) => high)) };
}
