import { expect } from "vitest";
import { MAX_ID, MIN_ID, QscError } from "@qsc/contract";
import type { EventSource, FollowOptions, SourceItem } from "../../src/index.js";

export const ALL = { from: MIN_ID, to: MAX_ID };

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Every item of a source. */
export async function readAll(source: EventSource, order?: "oldest-first" | "newest-first"): Promise<SourceItem[]> {
  return (await collect(source.pages(ALL, order))).flat();
}

/** The coded error a promise rejects with. */
export async function codedError(promise: Promise<unknown>): Promise<QscError> {
  const error: unknown = await promise.then(
    () => new Error("it did not reject"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(QscError);
  return error as QscError;
}

/** Reads from a follower in the background until there is enough. */
export class Following {
  readonly items: SourceItem[] = [];
  readonly outages: (string | null)[] = [];
  readonly #controller = new AbortController();
  readonly #done: Promise<void>;
  #wake: () => void = () => undefined;
  #error: Error | null = null;

  constructor(source: EventSource, after = MIN_ID, further: Omit<FollowOptions, "signal" | "onOutage"> = {}) {
    this.#done = this.#run(source, after, further);
  }

  async #run(
    source: EventSource,
    after: typeof MIN_ID,
    further: Omit<FollowOptions, "signal" | "onOutage">,
  ): Promise<void> {
    const onOutage = (error: Error | null): void => {
      this.outages.push(error instanceof QscError ? error.code : error === null ? null : error.message);
      this.#wake();
    };
    try {
      for await (const page of source.follow(after, { ...further, signal: this.#controller.signal, onOutage })) {
        this.items.push(...page);
        this.#wake();
      }
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error));
      this.#wake();
    }
  }

  get ids(): (string | null)[] {
    return this.items.map(({ id }) => id);
  }

  /** Resolves when the condition is true. Checked whenever something happens. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#error !== null) throw this.#error;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#done;
    if (this.#error !== null) throw this.#error;
  }
}

/** Polls a condition until it is true. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
