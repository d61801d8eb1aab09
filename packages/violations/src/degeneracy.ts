import { invalidOption, rules } from "@qsc/contract";
import { isAbove, isBelow, RollingMoments } from "@qsc/stats";
import { LabelWindow } from "./label-window.js";

/** When a model's recent output counts as degenerate, and when it has recovered. */
export interface DegeneracyOptions {
  /** Number of predictions in the window: a whole number from 1. Default 100. */
  readonly window?: number;
  /** Degenerate requires one label above this share of the window, from 0 to below 1 (default 0.95) ... */
  readonly share?: number;
  /** ... and a standard deviation of confidence below this, above 0 and at most 0.5 (default 0.02). */
  readonly std?: number;
  /**
   * Recovered requires the share to be at most, or the deviation at least, this. The share must be at most `share`,
   * and the deviation at least `std`. Default 0.9 and 0.03, or `share` and `std` when those are stricter.
   */
  readonly recovered?: { readonly share: number; readonly std: number };
}

/** What the predictions in the window look like. */
export interface RecentOutput {
  /** Predictions in the window. */
  readonly n: number;
  /** The most frequent label, and its share in (0, 1]. */
  readonly label: string;
  readonly share: number;
  /** Population standard deviation of confidence. */
  readonly std: number;
}

/** Nothing exceeds a share of 1. A deviation larger than confidences can have must be a percentage by mistake. */
const shareRule = rules.ruleOf(
  (value) => typeof value === "number" && value >= 0 && value < 1,
  "a number from 0 to below 1",
);
const stdRule = rules.ruleOf(
  (value) => typeof value === "number" && value > 0 && value <= 0.5,
  "a number above 0, at most 0.5",
);
const { closed, optional, wholeFrom } = rules;
const optionsRule = closed({
  window: optional(wholeFrom(1, 10_000_000)),
  share: optional(shareRule),
  std: optional(stdRule),
  recovered: optional(closed({ share: shareRule, std: stdRule })),
});

/** `warming_up` until the window is full: nothing is known yet. */
export type Degeneracy = "warming_up" | "healthy" | "degenerate";

/**
 * Monitors a model in the process that serves it. If, over the last 100 predictions, more than 95 % have one label
 * and the confidence deviation is below 0.02, the model is degenerate. Each prediction costs O(1) and allocates
 * nothing in steady state. A degenerate model stays so until the window has recovered by a margin, so that a model
 * on the edge does not flap.
 */
export class DegeneracyDetector {
  readonly #labels: LabelWindow;
  readonly #confidences: RollingMoments;
  readonly #share: number;
  readonly #limit: number;
  readonly #recovered: { readonly share: number; readonly std: number };
  #state: Degeneracy = "warming_up";

  /** @throws QscError `invalid_option` for an unknown option, or one that would call a constant output healthy */
  constructor(options: DegeneracyOptions = {}) {
    optionsRule(options, "options");
    const { window = 100, share = 0.95, std = 0.02 } = options;
    const { recovered = { share: Math.min(0.9, share), std: Math.max(0.03, std) } } = options;
    if (recovered.share > share)
      throw invalidOption("options.recovered.share", recovered.share, `at most options.share, ${share}`);
    if (recovered.std < std)
      throw invalidOption("options.recovered.std", recovered.std, `at least options.std, ${std}`);
    this.#confidences = new RollingMoments(window);
    this.#labels = new LabelWindow(window);
    this.#share = share;
    this.#limit = std;
    this.#recovered = recovered;
  }

  /** Whether the newest answers are degenerate, and why. */
  get state(): Degeneracy {
    return this.#state;
  }

  /** The basis of the current state; null before the first prediction. */
  get recent(): RecentOutput | null {
    const label = this.#labels.mostFrequent();
    const { std } = this.#confidences;
    return label === null || std === null
      ? null
      : { n: this.#labels.n, label, share: this.#labels.most / this.#labels.n, std };
  }

  /**
   * Counts one prediction and returns the new state.
   *
   * @throws QscError `invalid_option` for a label that is not a text or a confidence outside [0, 1]; that prediction
   * is not counted.
   */
  observe(label: string, confidence: number): Degeneracy {
    if (typeof label !== "string") throw invalidOption("label", label, "a text");
    if (typeof confidence !== "number" || !(confidence >= 0 && confidence <= 1))
      throw invalidOption("confidence", confidence, "a number from 0 to 1");
    this.#confidences.add(confidence);
    this.#labels.add(label);
    if (!this.#confidences.full) return this.#state;
    const share = this.#labels.most / this.#labels.n;
    // The deviation takes a square root, so compute it only when it decides.
    if (isAbove(share, this.#share) && isBelow(this.#std(), this.#limit)) this.#state = "degenerate";
    else if (this.#state !== "degenerate") this.#state = "healthy";
    else if (!isAbove(share, this.#recovered.share) || !isBelow(this.#std(), this.#recovered.std))
      this.#state = "healthy";
    return this.#state;
  }

  #std(): number {
    return this.#confidences.std ?? 0;
  }
}
