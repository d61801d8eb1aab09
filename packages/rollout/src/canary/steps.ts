import { asQscError, type ErrorCode, type OperationStep } from "@qsc/contract";

/** The steps of one operation, in their order, with what came of each. */
export class Steps {
  readonly #steps: OperationStep[] = [];
  readonly #onStep: (step: OperationStep) => void;

  /** @param onStep called after each step, for progress */
  constructor(onStep: (step: OperationStep) => void = () => undefined) {
    this.#onStep = onStep;
  }

  get list(): readonly OperationStep[] {
    return this.#steps;
  }

  /** Takes a step that says in a sentence what it did; one that throws has failed. */
  async take(name: string, step: () => Promise<string>): Promise<void> {
    await this.find(name, async () => ({ said: await step(), found: null }));
  }

  /** Takes a step that finds something, and says in a sentence what. */
  async find<Found>(name: string, step: () => Promise<{ readonly said: string; readonly found: Found }>): Promise<Found> {
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

  /** @param code of the error that it failed with */
  note(name: string, outcome: OperationStep["outcome"], detail: string, code?: ErrorCode): void {
    const step: OperationStep = { name, outcome, detail, ...(code !== undefined && { code }) };
    this.#steps.push(step);
    this.#onStep(step);
  }
}
