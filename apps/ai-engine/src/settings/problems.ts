import { QscError } from "@qsc/contract";

/** The environment that settings are read from. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with one setting: a sentence that names the variable and its value. */
export class Problem extends Error {}

/** Collects what is wrong with all settings, so that an operator can fix them all at once. */
export class Problems {
  readonly #sentences: string[] = [];

  /** The value, or undefined after noting what is wrong with it. */
  check<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#note(error);
      return undefined;
    }
  }

  /** The same, for a value that must be looked up. */
  async checkLater<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#note(error);
      return undefined;
    }
  }

  /** @throws QscError `invalid_config` with every sentence, one per line. */
  throwIfAny(): void {
    if (this.#sentences.length === 0) return;
    const count = this.#sentences.length === 1 ? "1 setting" : `${this.#sentences.length} settings`;
    throw new QscError(
      "invalid_config",
      [`The engine does not start: ${count} to fix.`, ...this.#sentences].join("\n"),
    );
  }

  #note(error: unknown): void {
    if (!(error instanceof Problem || error instanceof QscError)) throw error;
    this.#sentences.push(error.message);
  }
}
