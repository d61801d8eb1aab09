/** Whether the thread is at work. */
const BUSY = 0;
/** Whether the process exits. */
const SHUT = 1;

/**
 * Keeps the exit of a process and the work of one of its threads apart. Node ends the threads of a process that exits
 * wherever they are, and a call of onnxruntime-node that returns into a thread that was ended aborts the process.
 */
export class ExitGate {
  /** Shared by the process and the thread: each makes a gate of it. */
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /**
   * In the thread: works, one work at a time.
   * @throws Error where the gate is shut: there is nobody left to work for.
   */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    // First this, then the look at the other cell; `shut` has it the other way round, so that one sees the other.
    Atomics.store(this.#cells, BUSY, 1);
    try {
      if (Atomics.load(this.#cells, SHUT) === 1) throw new Error("Process exits");
      return await work();
    } finally {
      Atomics.store(this.#cells, BUSY, 0);
      Atomics.notify(this.#cells, BUSY);
    }
  }

  /** In the process: lets no further work begin, and blocks until the one that has begun ends. */
  shut(): void {
    Atomics.store(this.#cells, SHUT, 1);
    Atomics.wait(this.#cells, BUSY, 1);
  }
}
