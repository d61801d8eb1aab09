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
  /** Of the artefact, over all its sessions. */
  readonly watch: OutputWatch;
  /** Frees what the predictor holds. */
  readonly close: () => Promise<void>;
}

/** One predictor from its load to its end, with every check of what it answers. */
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

  /** Why no answer of it would pass now, whatever it says; null where one may. */
  get fault(): ModelError | null {
    return this.#watch.fault;
  }

  /** Never throws or rejects. A predictor that answers at once is judged at once. */
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
      // Nobody asks this predictor any more: what it did not give back is memory, and no answer depends on it.
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
