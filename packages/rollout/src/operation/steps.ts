import { asQscError, type ErrorCode, type OperationStep } from "@qsc/contract";

/** The steps of one operation, in order, with the outcome of each. */
export class Steps {
  readonly #steps: OperationStep[] = [];
  readonly #onStep: (step: OperationStep) => void;
  readonly #warnings: string[] = [];
  #isClosed = false;

  /** @param onStep called after each step, for progress */
  constructor(onStep: (step: OperationStep) => void = () => undefined) {
    this.#onStep = onStep;
  }

  get list(): readonly OperationStep[] {
    return this.#steps;
  }

  /** What an operator should know, although it did not stop the operation. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  warn(text: string): void {
    if (!this.#isClosed) this.#warnings.push(text);
  }

  /** Called when the document is written: interrupted work that is still under way adds nothing to it. */
  close(): void {
    this.#isClosed = true;
  }

  /** Runs a step that says in a sentence what it did; if it throws, it has failed. */
  async take(name: string, step: () => Promise<string>): Promise<void> {
    await this.find(name, async () => ({ said: await step(), found: null }));
  }

  /** Runs a step that returns a finding, and a sentence about it. */
  async find<Found>(
    name: string,
    step: () => Promise<{ readonly said: string; readonly found: Found }>,
  ): Promise<Found> {
    try {
      const { said, found } = await step();
      this.note(name, "done", said);
      return found;
    } catch (thrown) {
      const { code, message } = asQscError(thrown);
      this.note(name, "failed", message, code);
      throw thrown;
    }
  }

  /** @param code of the error, for a failed step */
  note(name: string, outcome: OperationStep["outcome"], detail: string, code?: ErrorCode): void {
    if (this.#isClosed) return;
    const step: OperationStep = { name, outcome, detail, ...(code !== undefined && { code }) };
    this.#steps.push(step);
    this.#onStep(step);
  }
}
