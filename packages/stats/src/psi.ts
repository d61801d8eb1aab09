import { requireSameBins, totalOf } from "./bins.js";
import { requireFinite, requireIterable, requireList } from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";

/**
 * Population stability index of two histograms over the same bins: sum of (a - r) ln(a / r). By convention, below 0.1
 * is stable and 0.25 or more is shifted (Siddiqi 2006). Symmetric, never negative, exactly 0 for equal proportions;
 * always finite.
 *
 * Empty bins: each side is first drawn towards the mean of the two distributions with the weight of k pseudo-counts, k
 * being the number of bins: half a count where the other side has its even share. Plain additive smoothing would report
 * a shift between equal proportions of unequal totals. By chance alone the index is about (k - 1)(1 / N + 1 / M): use
 * few bins if a total is small, and `sameDistributionP` to tell whether chance explains it.
 *
 * Both sides must be counts: pseudo-counts would swamp shares, whose total is 1. So fractions are refused, and also two
 * totals of 1, which are either shares or a single value each.
 *
 * @param reference counts per bin, whole, >= 0
 * @param actual counts per bin, in the same order
 * @returns null when either side is empty
 * @throws StatsError `shape_mismatch` for unequal lengths; `not_finite`, `out_of_range` for a bad count;
 * `invalid_argument` for shares
 */
export function psi(reference: ArrayLike<number>, actual: ArrayLike<number>): number | null {
  requireList(reference, "reference");
  requireList(actual, "actual");
  requireSameBins(reference, actual);
  const [ours, theirs] = [totalOf(reference, "reference"), totalOf(actual, "actual")];
  if (ours === 0 || theirs === 0) return null;
  if (ours === 1 && theirs === 1) {
    const text = "reference and actual both add up to 1: expected counts; multiply shares by the number of values";
    throw new StatsError(STATS_ERROR_CODES.invalidArgument, text);
  }
  const expected = proportions(reference, ours);
  const observed = proportions(actual, theirs);
  let index = 0;
  for (const [bin, share] of expected.shares.entries()) {
    index += contribution(share, expected.pull, observed.shares[bin] ?? 0, observed.pull);
  }
  return index;
}

function contribution(r: number, pullR: number, a: number, pullA: number): number {
  const mean = (r + a) / 2;
  if (mean === 0) return 0;
  // Written as a step from the share itself, so that equal shares stay equal to the last bit.
  const smoothR = r + pullR * (mean - r);
  const smoothA = a + pullA * (mean - a);
  return Math.max(0, (smoothA - smoothR) * (Math.log(smoothA) - Math.log(smoothR)));
}

/** Shares per bin, and the weight k / (total + k) of the pseudo-counts. */
function proportions(counts: ArrayLike<number>, total: number): { shares: number[]; pull: number } {
  const given = Array.from(counts);
  return { shares: given.map((count) => count / total), pull: given.length / (total + given.length) };
}

/**
 * Counts of values in the bins (-inf, e0), [e0, e1), ..., [ek, +inf): one more bin than edges. Counts over the same
 * edges merge by plain addition.
 *
 * @param edges strictly ascending, finite, in units of the values; none gives a single bin
 * @throws StatsError `not_finite` for an edge or value; `invalid_argument` for edges out of order
 */
export function histogramCounts(edges: readonly number[], values: Iterable<number>): number[] {
  requireList(edges, "edges");
  requireIterable(values, "values");
  requireAscending(edges);
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    requireFinite(value, "value");
    const bin = edgesUpTo(edges, value);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

function requireAscending(edges: readonly number[]): void {
  let previous = -Infinity;
  for (const edge of edges) {
    requireFinite(edge, "edge");
    if (edge <= previous) {
      const text = `edge ${edge} follows ${previous}: expected strictly ascending edges`;
      throw new StatsError(STATS_ERROR_CODES.invalidArgument, text);
    }
    previous = edge;
  }
}

/** How many edges are at or below the value, by bisection. */
function edgesUpTo(edges: readonly number[], value: number): number {
  let from = 0;
  let to = edges.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((edges[middle] ?? Infinity) <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}
