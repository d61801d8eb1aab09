import { rules, type Rule } from "@qsc/contract";

/** A prediction, as far as the next one of the same symbol may depend on it. */
export interface PreviousAnswer {
  readonly label: string | null;
  /** To 4 decimals, as a whole number; null if there was none. */
  readonly confidence: number | null;
}

/** What the same symbol was answered before: null if nothing was, `forgotten` if that is no longer known. */
export type Previous = PreviousAnswer | "forgotten" | null;

/** The state of a `PreviousAnswers`, as plain JSON. */
export interface PreviousState {
  /** Least recently answered first; the symbol is null for decisions without one. */
  readonly answers: readonly (readonly [symbol: string | null, label: string | null, confidence: number | null])[];
  readonly hasForgotten: boolean;
}

/** Symbols that are remembered. */
const MOST_SYMBOLS = 256;

const { anyText, count, flag, listOf, nullable, shaped, tupleOf } = rules;

const previousRule: Rule = shaped({
  answers: listOf(tupleOf(nullable(anyText), nullable(anyText), nullable(count))),
  hasForgotten: flag,
});

/** A model's previous prediction for each symbol: of the 256 that were answered last. */
export class PreviousAnswers {
  /** Least recently answered first. */
  readonly #answers = new Map<string | null, PreviousAnswer>();
  #hasForgotten = false;

  /** @throws QscError `invalid_option` for a state that cannot be one */
  static from(state: PreviousState): PreviousAnswers {
    previousRule(state, "state");
    const previous = new PreviousAnswers();
    for (const [symbol, label, confidence] of state.answers) previous.add(symbol, { label, confidence });
    previous.#hasForgotten ||= state.hasForgotten;
    return previous;
  }

  of(symbol: string | null): Previous {
    return this.#answers.get(symbol) ?? (this.#hasForgotten ? "forgotten" : null);
  }

  add(symbol: string | null, answer: PreviousAnswer): void {
    this.#answers.delete(symbol);
    this.#answers.set(symbol, answer);
    if (this.#answers.size <= MOST_SYMBOLS) return;
    const [oldest] = this.#answers.keys();
    if (oldest !== undefined) this.#answers.delete(oldest);
    this.#hasForgotten = true;
  }

  state(): PreviousState {
    return {
      answers: [...this.#answers].map(([symbol, { label, confidence }]) => [symbol, label, confidence] as const),
      hasForgotten: this.#hasForgotten,
    };
  }
}
