/** Whether the thread is working. */
const BUSY = 0;
/** Whether the process is exiting. */
const SHUT = 1;

/**
 * Keeps a process's exit and the work of one of its threads apart. On exit, Node ends threads wherever they are, and an
 * onnxruntime-node call that returns into an ended thread aborts the process.
 */
export class ExitGate {
  /** Shared by the process and the thread: each creates a gate from it. */
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /**
   * In the thread: runs one piece of work at a time.
   * @throws Error if the gate is shut: nothing is left to work for.
   */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    // Write this cell, then read the other. `shut` does the reverse, so that at least one side sees the other.
    Atomics.store(this.#cells, BUSY, 1);
    try {
      if (Atomics.load(this.#cells, SHUT) === 1) throw new Error("Process exits");
      return await work();
    } finally {
      Atomics.store(this.#cells, BUSY, 0);
      Atomics.notify(this.#cells, BUSY);
    }
  }

  /** In the process: prevents new work and blocks until the current work ends. */
  shut(): void {
    Atomics.store(this.#cells, SHUT, 1);
    Atomics.wait(this.#cells, BUSY, 1);
  }
}
