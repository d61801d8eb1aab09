import type { Worker } from "node:worker_threads";

/** The threads that are started from now on. */
export class Threads {
  readonly started: Worker[] = [];
  readonly #alive = new Set<Worker>();
  #most = 0;
  readonly #note = (worker: Worker): void => {
    this.started.push(worker);
    this.#alive.add(worker);
    this.#most = Math.max(this.#most, this.#alive.size);
    worker.once("exit", () => this.#alive.delete(worker));
  };

  constructor() {
    process.on("worker", this.#note);
  }

  get alive(): number {
    return this.#alive.size;
  }

  /** Most that were alive at a time. */
  get most(): number {
    return this.#most;
  }

  [Symbol.dispose](): void {
    process.off("worker", this.#note);
  }
}
