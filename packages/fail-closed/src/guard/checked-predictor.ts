import type { ModelError } from "../errors.js";
import type { ModelInput, Predict } from "../predictor.js";
import { asModelError } from "./as-model-error.js";
import type { OutputWatch } from "./output-watch.js";
import { readAnswer, type CheckedAnswer } from "./read-answer.js";
import type { Timed, TimedCalls } from "./timed-calls.js";

interface Options<Label extends string> {
  readonly labels: readonly Label[];
  readonly predict: Predict;
  readonly calls: TimedCalls;
  /** Belongs to the artefact, across all its sessions. */
  readonly watch: OutputWatch;
  /** Frees what the predictor holds. */
  readonly close: () => Promise<void>;
}

/** One predictor from load to close, with every check of its answers. */
export class CheckedPredictor<Label extends string> {
  readonly #labels: ReadonlySet<Label>;
  readonly #predict: Predict;
  readonly #calls: TimedCalls;
  readonly #watch: OutputWatch;
  readonly #close: () => Promise<void>;

  constructor({ labels, predict, calls, watch, close }: Options<Label>) {
    this.#labels = new Set(labels);
    this.#predict = predict;
    this.#calls = calls;
    this.#watch = watch;
    this.#close = close;
  }

  /** Why none of its answers can pass now; null if they can. */
  get fault(): ModelError | null {
    return this.#watch.fault;
  }

  /** Never throws or rejects. A synchronous answer is checked synchronously. */
  ask(input: ModelInput, symbol: string): Timed<CheckedAnswer<Label>> | Promise<Timed<CheckedAnswer<Label>>> {
    const timed = this.#calls.run<unknown>((context) => this.#predict(input, context));
    return timed instanceof Promise ? timed.then((late) => this.#judge(late, symbol)) : this.#judge(timed, symbol);
  }

  /**
   * Frees the predictor once its last call has ended. Waits for that, unless the call is overdue:
   * it may never end.
   */
  async retire(): Promise<void> {
    await this.#calls.answered();
    const freed = this.#free();
    if (!this.#calls.isOverdue) await freed;
  }

  async #free(): Promise<void> {
    await this.#calls.settled();
    try {
      await this.#close();
    } catch {
      // This predictor is no longer used: a failed close leaks memory, but no answer depends on it.
    }
  }

  #judge(timed: Timed<unknown>, symbol: string): Timed<CheckedAnswer<Label>> {
    if ("error" in timed) return timed;
    const { ms } = timed;
    try {
      const value = readAnswer(timed.value, this.#labels);
      this.#watch.observe(value.label, value.confidence, symbol);
      return { value, ms };
    } catch (thrown) {
      return { error: asModelError(thrown, "output_invalid", "Output cannot be judged"), ms };
    }
  }
}
