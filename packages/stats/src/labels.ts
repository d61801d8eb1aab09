import { requireCount, requireLabel, requireThat, requireWithin } from "./check.js";

/** The label with the largest count. */
export interface LargestLabel {
  readonly label: string;
  readonly count: number;
  /** count / total, in (0, 1]. */
  readonly share: number;
}

/** Code-unit order: the same in every locale. */
function compareLabels(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The most frequent label of a tally; ties go to the smallest label, so arrival order is irrelevant. */
export function largestLabel(counts: ReadonlyMap<string, number>, total: number): LargestLabel | null {
  let best: string | null = null;
  let most = 0;
  for (const [label, count] of counts) {
    if (count < most || (count === most && best !== null && label >= best)) continue;
    best = label;
    most = count;
  }
  return best === null ? null : { label: best, count: most, share: most / total };
}

/**
 * Exact tally of labels. Any string is a label (`__proto__` and the empty one too). Memory grows with the distinct
 * labels: if senders are not trusted, use `RollingLabels` or limit the labels first.
 */
export class LabelCounts {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** Labels so far, of all kinds together. */
  get total(): number {
    return this.#total;
  }

  /** The number of distinct labels seen. */
  get distinct(): number {
    return this.#counts.size;
  }

  /**
   * Adds `times` to the count of `label`; 0 does not count as seen. Throws `not_finite`, `out_of_range` or
   * `invalid_argument` unless `times` is a whole number >= 0 that keeps the total exact.
   */
  add(label: string, times = 1): void {
    requireLabel(label);
    requireCount(times, "times");
    requireWithin(this.#total + times, 0, Number.MAX_SAFE_INTEGER, "total");
    this.#add(label, times);
  }

  /** Adds all counts of `other`; `other` is unchanged. Returns this. */
  merge(other: LabelCounts): this {
    requireThat(other instanceof LabelCounts, other, "other", "LabelCounts");
    requireWithin(this.#total + other.#total, 0, Number.MAX_SAFE_INTEGER, "total");
    for (const [label, count] of other.#counts) this.#add(label, count);
    return this;
  }

  /** How often `label` was seen; 0 if never. */
  count(label: string): number {
    requireLabel(label);
    return this.#counts.get(label) ?? 0;
  }

  /** count / total in [0, 1]; null while the total is 0. */
  share(label: string): number | null {
    requireLabel(label);
    return this.#total === 0 ? null : this.count(label) / this.#total;
  }

  /** Every label's share, in the order of `entries`. */
  shares(): Map<string, number> {
    return new Map(this.entries().map(([label, count]) => [label, count / this.#total]));
  }

  /** The most frequent label, ties to the smallest; null while the total is 0. */
  largest(): LargestLabel | null {
    return largestLabel(this.#counts, this.#total);
  }

  /** [label, count] pairs, most frequent first, ties by label in code-unit order. */
  entries(): [label: string, count: number][] {
    return [...this.#counts].sort(([a, n], [b, m]) => m - n || compareLabels(a, b));
  }

  #add(label: string, times: number): void {
    if (times === 0) return;
    this.#counts.set(label, this.count(label) + times);
    this.#total += times;
  }
}
