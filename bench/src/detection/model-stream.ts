import type { Fault } from "./faults.js";
import type { Kind } from "./kinds.js";
import type { Random } from "./random.js";

export const LABELS = ["BUY", "SELL", "HOLD"] as const;

/** One answer. The object is reused for the next. */
export interface Answer {
  predicts: boolean;
  /** Index in LABELS. */
  label: 0 | 1 | 2;
  /** Rounded to 4 decimals, as a whole number in [0, 10,000]. */
  confidence: number;
  /** In tenths of a millisecond. */
  latency: number;
}

/** The share of errors that come in streaks. */
const ERROR_STREAK = 1 / 3;

/** A model's answers, one after another: simulated, or drawn from a recording. */
export interface AnswerStream {
  readonly answer: Answer;
  begin(fault: Fault): void;
  /**
   * @param regime of the market: -1, 0 or 1
   * @param symbol the symbol to decide on
   */
  next(regime: number, symbol: number): Answer;
}

/** What a model remembers about one symbol. */
interface Memory {
  label: 0 | 1 | 2;
  level: number;
  isFirst: boolean;
}

/** The answers of one simulated model. Labels and confidences persist within a symbol. */
export class ModelStream implements AnswerStream {
  readonly answer: Answer = { predicts: true, label: 2, confidence: 5000, latency: 0 };
  readonly #kind: Kind;
  readonly #random: Random;
  #fault: Fault = {};
  readonly #memories: Memory[] = [];
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

  next(regime: number, symbol: number): Answer {
    const { answer } = this;
    const random = this.#random;
    const { latency } = this.#kind;
    answer.predicts = !this.#errs();
    const memory = (this.#memories[symbol] ??= { label: 2, level: 0, isFirst: true });
    answer.label = memory.label = this.#label(regime, memory);
    answer.confidence = this.#confidence(regime, memory);
    memory.isFirst = false;
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

  #label(regime: number, { label, isFirst }: Memory): 0 | 1 | 2 {
    const place = this.#random.next();
    if (this.#random.next() < this.#kind.stickiness && !isFirst) return label;
    const tilt = this.#fault.shares === undefined ? this.#kind.tilt * regime : 0;
    const [buy, sell] = this.#fault.shares ?? this.#kind.shares;
    if (place < buy + tilt) return 0;
    return place < buy + sell ? 1 : 2;
  }

  #confidence(regime: number, memory: Memory): number {
    const { centre, std, autocorrelation } = this.#kind.confidence;
    memory.level = autocorrelation * memory.level + Math.sqrt(1 - autocorrelation ** 2) * this.#random.normal();
    const healthy = centre + std * (0.98 * memory.level + 0.2 * regime);
    const x = this.#fault.confidence?.(healthy, this.#random) ?? healthy;
    return Math.round(Math.min(0.99, Math.max(0.01, x)) * 10_000);
  }
}
