import { DegeneracyDetector, say, type DegeneracyOptions } from "@qsc/violations";
import { ModelError } from "../errors.js";
import type { ModelInput, Predict } from "../predictor.js";
import { named } from "../words.js";
import { asModelError } from "./as-model-error.js";
import { readAnswer, type CheckedAnswer } from "./read-answer.js";
import type { Timed, TimedCalls } from "./timed-calls.js";

interface Options<Label extends string> {
  readonly labels: readonly Label[];
  readonly predict: Predict;
  readonly calls: TimedCalls;
  readonly degeneracy: DegeneracyOptions;
  /** Frees what the predictor holds. */
  readonly close: () => Promise<void>;
}

/** One predictor from its load to its end, with every check of what it answers. */
export class CheckedPredictor<Label extends string> {
  readonly #labels: ReadonlySet<Label>;
  readonly #predict: Predict;
  readonly #calls: TimedCalls;
  readonly #degeneracy: DegeneracyDetector;
  readonly #close: () => Promise<void>;

  constructor({ labels, predict, calls, degeneracy, close }: Options<Label>) {
    this.#labels = new Set(labels);
    this.#predict = predict;
    this.#calls = calls;
    this.#degeneracy = new DegeneracyDetector(degeneracy);
    this.#close = close;
  }

  /** Never throws or rejects. A predictor that answers at once is judged at once. */
  ask(input: ModelInput): Timed<CheckedAnswer<Label>> | Promise<Timed<CheckedAnswer<Label>>> {
    const timed = this.#calls.run<unknown>((context) => this.#predict(input, context));
    return timed instanceof Promise ? timed.then((late) => this.#judge(late)) : this.#judge(timed);
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

  #judge(timed: Timed<unknown>): Timed<CheckedAnswer<Label>> {
    if ("error" in timed) return timed;
    const { ms } = timed;
    try {
      const value = readAnswer(timed.value, this.#labels);
      this.#watch(value);
      return { value, ms };
    } catch (thrown) {
      return { error: asModelError(thrown, "output_invalid", "Output cannot be judged"), ms };
    }
  }

  /** Every valid answer enters the window, those of a degenerate model too: else it could never recover. */
  #watch({ label, confidence }: CheckedAnswer<Label>): void {
    if (this.#degeneracy.observe(label, confidence) !== "degenerate") return;
    throw new ModelError("degenerate_output", `Degenerate output detected${this.#evidence()}`);
  }

  #evidence(): string {
    const recent = this.#degeneracy.recent;
    if (recent === null) return "";
    const share = `${say(recent.share, "percent")} ${named(recent.label)}`;
    return `: ${share}, standard deviation of confidence ${say(recent.std, "number")}, in the last ${recent.n} predictions`;
  }
}
