import type { CallContext } from "../predictor.js";

/** The context of one call. Its AbortController is created on demand: most predictors never use it. */
export class CallSignal implements CallContext {
  #controller: AbortController | null = null;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}
