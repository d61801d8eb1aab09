import type { CallContext } from "../predictor.js";

/** The context of one call. Its AbortController is made when it is asked for: most predictors never do. */
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
