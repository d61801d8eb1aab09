import { isAbove, isBelow, RollingMoments } from "@qsc/stats";
import { LabelWindow } from "./label-window.js";

/** When a model's recent output counts as degenerate, and when it has recovered. */
export interface DegeneracyOptions {
  /** Predictions looked back upon. */
  readonly window?: number;
  /** Degenerate needs one label above this share of the window ... */
  readonly share?: number;
  /** ... and a standard deviation of confidence below this. */
  readonly std?: number;
  /** Recovered needs the share to be at most, or the deviation at least, this. */
  readonly recovered?: { readonly share: number; readonly std: number };
}

/** What the predictions in the window are like. */
export interface RecentOutput {
  /** Predictions in the window. */
  readonly n: number;
  /** The most frequent label, and its share in (0, 1]. */
  readonly label: string;
  readonly share: number;
  /** Population standard deviation of confidence. */
  readonly std: number;
}

/** `warming_up` until the window is full: nothing is known yet. */
export type Degeneracy = "warming_up" | "healthy" | "degenerate";

/**
 * Watches a model in the process that serves it: over the last 100 predictions, more than 95 %
 * one label and a confidence deviation below 0.02 are degenerate. O(1) a prediction, no
 * allocation in steady state. Once degenerate it stays so until the window has recovered by a
 * margin, so that a model on the edge does not flap.
 */
export class DegeneracyDetector {
  readonly #labels: LabelWindow;
  readonly #confidences: RollingMoments;
  readonly #share: number;
  readonly #limit: number;
  readonly #recovered: { readonly share: number; readonly std: number };
  #state: Degeneracy = "warming_up";

  constructor(options: DegeneracyOptions = {}) {
    const { window = 100, share = 0.95, std = 0.02 } = options;
    const { recovered = { share: 0.9, std: 0.03 } } = options;
    // The window is checked by the first.
    this.#confidences = new RollingMoments(window);
    this.#labels = new LabelWindow(window);
    this.#share = share;
    this.#limit = std;
    this.#recovered = recovered;
  }

  get state(): Degeneracy {
    return this.#state;
  }

  /** What the state rests on; null before the first prediction. */
  get recent(): RecentOutput | null {
    const label = this.#labels.mostFrequent();
    const { std } = this.#confidences;
    return label === null || std === null ? null : { n: this.#labels.n, label, share: this.#labels.most / this.#labels.n, std };
  }

  /**
   * Counts one prediction and answers the state after it.
   * @throws StatsError `not_finite` for a confidence that is no finite number; it enters nothing.
   */
  observe(label: string, confidence: number): Degeneracy {
    this.#confidences.add(confidence);
    this.#labels.add(label);
    if (!this.#confidences.full) return this.#state;
    const share = this.#labels.most / this.#labels.n;
    // The deviation takes a root and is only asked for where it decides.
    if (isAbove(share, this.#share) && isBelow(this.#std(), this.#limit)) this.#state = "degenerate";
    else if (this.#state !== "degenerate") this.#state = "healthy";
    else if (!isAbove(share, this.#recovered.share) || !isBelow(this.#std(), this.#recovered.std)) this.#state = "healthy";
    return this.#state;
  }

  #std(): number {
    return this.#confidences.std ?? 0;
  }
}
