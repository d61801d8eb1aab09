import { sortedCopy } from "@qsc/stats";

/** Values are counted to 4 decimals. */
export const BIN_WIDTH = 1e-4;

/** Like `sortedCopy` but faster: in ascending order, with values that are not finite at the ends. */
export function inOrder(values: readonly number[]): Float64Array {
  const sorted = new Float64Array(values).sort();
  const isFinite = Number.isFinite(sorted[0] ?? 0) && Number.isFinite(sorted[sorted.length - 1] ?? 0);
  return isFinite ? sorted : sortedCopy(values);
}

/** The most frequent value of sorted ones, to 4 decimals; the smallest of equally frequent ones. */
export function longestRun(sorted: Float64Array): { value: number; count: number } | null {
  let best: { value: number; count: number } | null = null;
  let current = Number.NaN;
  let count = 0;
  for (const exact of sorted) {
    const bin = Math.round(exact / BIN_WIDTH);
    count = bin === current ? count + 1 : 1;
    current = bin;
    if (best === null || count > best.count) best = { value: bin * BIN_WIDTH, count };
  }
  return best;
}
