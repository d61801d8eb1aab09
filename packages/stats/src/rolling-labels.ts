import { requireCount, requireLabel, requireWindow } from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";
import { largestLabel, type LargestLabel } from "./labels.js";

/** How many characters of a refused label its message repeats: the sender chooses the length. */
const SHOWN = 64;

/**
 * Exact counts of the last `window` labels. A step takes O(1), `largest` O(distinct labels). A label is forgotten when
 * its last sighting leaves, so memory is bounded by the window, however many labels pass through.
 */
export class RollingLabels {
  readonly window: number;
  readonly maxLabels: number;
  readonly #ring: string[] = [];
  readonly #counts = new Map<string, number>();
  /** Index of the oldest label once the window is full. */
  #next = 0;

  /**
   * @param window whole, in [1, 1e7]
   * @param maxLabels maximum number of distinct labels in the window; limited only by the window if omitted
   * @throws StatsError `not_finite`, `out_of_range` or `invalid_argument`
   */
  constructor(window: number, maxLabels: number = window) {
    requireWindow(window);
    requireCount(maxLabels, "maxLabels", 1);
    this.window = window;
    this.maxLabels = maxLabels;
  }

  /** Labels in the window now: at most `window`. */
  get n(): number {
    return this.#ring.length;
  }

  /** Whether as many labels are in the window as it holds. */
  get full(): boolean {
    return this.#ring.length === this.window;
  }

  /** Different labels in the window now. */
  get distinct(): number {
    return this.#counts.size;
  }

  /**
   * Adds one label; a full window drops its oldest. Throws `out_of_range`, and changes nothing, if there would be more
   * than `maxLabels` distinct labels.
   */
  add(label: string): void {
    requireLabel(label);
    const oldest = this.full ? this.#ring[this.#next] : undefined;
    this.#requireRoom(label, oldest);
    if (oldest !== undefined) this.#forget(oldest);
    this.#counts.set(label, this.count(label) + 1);
    this.#ring[this.#next] = label;
    this.#next = (this.#next + 1) % this.window;
  }

  /** How often `label` is in the window. */
  count(label: string): number {
    requireLabel(label);
    return this.#counts.get(label) ?? 0;
  }

  /** count / n in [0, 1]; null while n is 0. */
  share(label: string): number | null {
    requireLabel(label);
    return this.n === 0 ? null : this.count(label) / this.n;
  }

  /** The most frequent label, ties to the smallest in code-unit order; null while n is 0. */
  largest(): LargestLabel | null {
    return largestLabel(this.#counts, this.n);
  }

  #requireRoom(label: string, oldest: string | undefined): void {
    if (this.#counts.has(label)) return;
    const freed = oldest !== undefined && this.count(oldest) === 1 ? 1 : 0;
    if (this.#counts.size - freed < this.maxLabels) return;
    const shown = JSON.stringify(label.slice(0, SHOWN));
    const text = `label ${shown} is one too many: expected at most ${this.maxLabels} distinct labels in the window`;
    throw new StatsError(STATS_ERROR_CODES.outOfRange, text);
  }

  #forget(label: string): void {
    const left = this.count(label) - 1;
    if (left === 0) this.#counts.delete(label);
    else this.#counts.set(label, left);
  }
}
