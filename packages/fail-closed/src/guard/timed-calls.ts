import { ModelError } from "../errors.js";
import type { CallContext } from "../predictor.js";
import { asModelError } from "./as-model-error.js";
import { CallSignal } from "./call-signal.js";

/** The outcome of a call; `ms` is the time it took, null if it never started. */
export type Timed<T> =
  { readonly value: T; readonly ms: number } | { readonly error: ModelError; readonly ms: number | null };

/**
 * Calls with a time limit. A call that blocks the process cannot be interrupted: its answer is discarded when it
 * arrives. A call that waits is abandoned, and no other starts until it has settled, so that a hung predictor does not
 * pile up work.
 */
export class TimedCalls {
  readonly #limitMs: number;
  readonly #problem: string;
  readonly #open = new Set<Promise<unknown>>();
  readonly #verdicts = new Set<Promise<unknown>>();
  #overdue = 0;

  /**
   * @param limitMs in (0, 2 ** 31)
   * @param problem how a message describes an overdue call
   */
  constructor(limitMs: number, problem = "No answer") {
    this.#limitMs = limitMs;
    this.#problem = problem;
  }

  /** Whether an abandoned call is still running. */
  get isOverdue(): boolean {
    return this.#overdue > 0;
  }

  /** Calls now; anything thrown becomes a ModelError, `predict_failed` unless it already is one. Never rejects. */
  run<T>(call: (context: CallContext) => T | PromiseLike<T>): Timed<T> | Promise<Timed<T>> {
    if (this.isOverdue) {
      return { error: new ModelError("timeout", "Predictor is still busy with a call that is overdue"), ms: null };
    }
    const context = new CallSignal();
    const start = performance.now();
    try {
      const returned = call(context);
      if (isThenable(returned)) return this.#wait(Promise.resolve(returned), start, context);
      return this.#inTime(returned, performance.now() - start);
    } catch (thrown) {
      return failed(thrown, performance.now() - start);
    }
  }

  /** Resolves when every call so far has answered or timed out. */
  async answered(): Promise<void> {
    await Promise.allSettled(this.#verdicts);
  }

  /** Resolves when every call so far has ended, however late. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#open);
  }

  #wait<T>(pending: Promise<T>, start: number, context: CallSignal): Promise<Timed<T>> {
    const verdict = this.#race(pending, start, context);
    track(this.#open, pending);
    track(this.#verdicts, verdict);
    return verdict;
  }

  #race<T>(pending: Promise<T>, start: number, context: CallSignal): Promise<Timed<T>> {
    return new Promise((resolve) => {
      let isOverdue = false;
      const giveUp = (): void => {
        isOverdue = true;
        this.#overdue += 1;
        const error = this.#late();
        resolve({ error, ms: performance.now() - start });
        context.abort(error);
      };
      const timer = setTimeout(giveUp, this.#limitMs);
      const settle = (timed: Timed<T>): void => {
        clearTimeout(timer);
        if (isOverdue) this.#overdue -= 1;
        resolve(timed);
      };
      pending.then(
        (value) => settle(this.#inTime(value, performance.now() - start)),
        (thrown: unknown) => settle(failed(thrown, performance.now() - start)),
      );
    });
  }

  /** The clock decides, not the order of events: no timer fires while a call blocks the process. */
  #inTime<T>(value: T, ms: number): Timed<T> {
    return ms <= this.#limitMs ? { value, ms } : { error: this.#late(), ms };
  }

  #late(): ModelError {
    return new ModelError("timeout", `${this.#problem} within ${this.#limitMs} ms`);
  }
}

function failed(thrown: unknown, ms: number): Timed<never> {
  return { error: asModelError(thrown, "predict_failed", "Predictor failed"), ms };
}

/** A value that cannot be inspected is not a promise; the answer check will report it. */
function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  try {
    return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
  } catch {
    return false;
  }
}

function track(set: Set<Promise<unknown>>, promise: Promise<unknown>): void {
  set.add(promise);
  const forget = (): void => {
    set.delete(promise);
  };
  promise.then(forget, forget);
}
