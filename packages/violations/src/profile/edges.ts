import { histogramCounts, quantile, sortedCopy } from "@qsc/stats";

/** Bins of scores: tenths of a reference run. With more, chance alone gives a larger index. */
const TENTHS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;

/** The bins of a run's scores, each with about a tenth of them; fewer where many are equal. Null if all are. */
export function binsOf(values: readonly number[]): { readonly edges: number[]; readonly counts: number[] } | null {
  const sorted = sortedCopy(values);
  const [least] = sorted;
  if (least === undefined) return null;
  const cuts = TENTHS.map((p) => quantile(sorted, p)).filter((cut) => cut !== null);
  const inner = cuts.filter((cut, index) => cut > (cuts[index - 1] ?? least) && cut > least);
  // Where nine of ten are equal, the cut is beyond them.
  const next = sorted.find((value) => value > least);
  const edges = inner.length > 0 ? inner : next === undefined ? [] : [next];
  return edges.length === 0 ? null : { edges, counts: histogramCounts(edges, values) };
}
