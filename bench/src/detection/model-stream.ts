import type { Fault } from "./faults.js";
import type { Kind } from "./kinds.js";
import type { Random } from "./random.js";

export const LABELS = ["BUY", "SELL", "HOLD"] as const;

/** One answer, used again for the next. */
export interface Answer {
  predicts: boolean;
  /** Index in LABELS. */
  label: 0 | 1 | 2;
  /** To 4 decimals, as a whole number in [0, 10,000]. */
  confidence: number;
  /** In tenths of a millisecond. */
  latency: number;
}

/** A third of the errors come in streaks. */
const ERROR_STREAK = 1 / 3;

/** The answers of one model, one after another. */
export class ModelStream {
  readonly answer: Answer = { predicts: true, label: 2, confidence: 5000, latency: 0 };
  readonly #kind: Kind;
  readonly #random: Random;
  #fault: Fault = {};
  #level = 0;
  #load = 0;
  #isError = false;
  #isFirst = true;

  constructor(kind: Kind, random: Random) {
    this.#kind = kind;
    this.#random = random;
  }

  begin(fault: Fault): void {
    this.#fault = fault;
  }

  /** @param regime of the market: -1, 0 or 1 */
  next(regime: number): Answer {
    const { answer } = this;
    const random = this.#random;
    const { latency } = this.#kind;
    answer.predicts = !this.#errs();
    answer.label = this.#label(regime);
    answer.confidence = this.#confidence(regime);
    this.#load = latency.autocorrelation * this.#load + Math.sqrt(1 - latency.autocorrelation ** 2) * random.normal();
    const ms = latency.median * Math.exp(latency.sigma * this.#load) * (this.#fault.slower ?? 1);
    answer.latency = Math.round(ms * 10);
    this.#isFirst = false;
    return answer;
  }

  #errs(): boolean {
    const again = this.#random.next() < ERROR_STREAK;
    if (!again || this.#isFirst) this.#isError = this.#random.next() < (this.#fault.errors ?? this.#kind.errors);
    return this.#isError;
  }

  #label(regime: number): 0 | 1 | 2 {
    const place = this.#random.next();
    if (this.#random.next() < this.#kind.stickiness && !this.#isFirst) return this.answer.label;
    const tilt = this.#fault.shares === undefined ? this.#kind.tilt * regime : 0;
    const [buy, sell] = this.#fault.shares ?? this.#kind.shares;
    if (place < buy + tilt) return 0;
    return place < buy + sell ? 1 : 2;
  }

  #confidence(regime: number): number {
    const { centre, std, autocorrelation } = this.#kind.confidence;
    this.#level = autocorrelation * this.#level + Math.sqrt(1 - autocorrelation ** 2) * this.#random.normal();
    const healthy = centre + std * (0.98 * this.#level + 0.2 * regime);
    const x = this.#fault.confidence?.(healthy, this.#random) ?? healthy;
    return Math.round(Math.min(0.99, Math.max(0.01, x)) * 10_000);
  }
}
