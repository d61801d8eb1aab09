import type { Decision } from "@qsc/fail-closed";

/** Whether a decision should be traded, and if not, why. */
export interface Trade {
  readonly signal: boolean;
  readonly withheld: "no_decision" | "hold" | "max_signals_per_minute" | "symbol_cooldown" | null;
}

export interface TradingLimitsOptions {
  /** The most signals of all symbols within any 60 s. */
  readonly signalsPerMinute: number;
  /** Seconds between two signals of one symbol. */
  readonly cooldownSeconds: number;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
}

const MINUTE_MS = 60_000;

/** Limits what is traded. Every decision is judged, whether it is a signal or not. */
export class TradingLimits {
  readonly #options: TradingLimitsOptions;
  /** Times of the signals of the last minute, oldest first. */
  readonly #recent: number[] = [];
  readonly #lastBySymbol = new Map<string, number>();

  constructor(options: TradingLimitsOptions) {
    this.#options = options;
  }

  /** Judges one decision; a signal counts against the limits. */
  judge(symbol: string, decision: Decision): Trade {
    const withheld = this.#withheld(symbol, decision);
    if (withheld !== null) return { signal: false, withheld };
    const now = this.#options.clock();
    this.#recent.push(now);
    this.#lastBySymbol.set(symbol, now);
    return { signal: true, withheld: null };
  }

  #withheld(symbol: string, decision: Decision): Trade["withheld"] {
    if (decision.kind === "no_decision") return "no_decision";
    if (decision.action === "HOLD") return "hold";
    const now = this.#options.clock();
    const last = this.#lastBySymbol.get(symbol);
    if (last !== undefined && now - last < this.#options.cooldownSeconds * 1000) return "symbol_cooldown";
    while (this.#recent[0] !== undefined && now - this.#recent[0] >= MINUTE_MS) this.#recent.shift();
    return this.#recent.length < this.#options.signalsPerMinute ? null : "max_signals_per_minute";
  }
}
