import { Worker } from "node:worker_threads";
import type { Answer } from "../predictor.js";
import { messageOf } from "../words.js";
import { ExitGate } from "./exit-gate.js";
import {
  fromThrown,
  type DescribeQuestion,
  type GraphDescription,
  type OpenQuestion,
  type PredictQuestion,
  type Question,
  type Reply,
  type SessionFacts,
  type Value,
} from "./messages.js";
import { waitOnExit } from "./wait-on-exit.js";

/** A request that awaits its reply. */
interface Waiting {
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * A thread for one session. It keeps the process alive only while it owes a reply. Once it has died, for whatever
 * reason, every request is rejected with the cause.
 */
export class SessionThread {
  readonly #worker: Worker;
  /** In the order of the requests, which is also that of the replies. */
  readonly #waiting: Waiting[] = [];
  /** The reply to the latest request. */
  #last: Promise<unknown> = Promise.resolve();
  /** An uncaught error in the thread. */
  #fault: unknown = null;
  #death: Error | null = null;

  /** @param name of the thread, for debuggers @param program what it runs: this package's `onnx-worker` */
  constructor(name: string, program: URL) {
    const gate = new ExitGate();
    this.#worker = new Worker(program, { name, workerData: gate.memory });
    const forget = waitOnExit(gate);
    this.#worker.on("message", (reply: Reply) => this.#take(reply));
    this.#worker.on("error", (fault) => {
      this.#fault = fault;
    });
    this.#worker.on("exit", (code) => {
      forget();
      this.#die(code);
    });
  }

  /** Sends a request; its contents are copied. */
  ask(question: OpenQuestion): Promise<SessionFacts>;
  ask(question: PredictQuestion): Promise<Answer>;
  ask(question: DescribeQuestion): Promise<GraphDescription>;
  ask(question: Question): Promise<Value> {
    if (this.#death !== null) return Promise.reject(this.#death);
    const reply = new Promise<Value>((resolve, reject) => {
      this.#worker.postMessage(question);
      this.#waiting.push({ resolve, reject });
    });
    this.#worker.ref();
    this.#last = reply;
    return reply;
  }

  /** Whether no reply is pending. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** Resolves once the thread is idle. */
  async idle(): Promise<void> {
    while (!this.isIdle) await Promise.allSettled([this.#last]);
  }

  /**
   * Ends the thread and frees its session after the last reply: ending it while it computes would abort the process.
   */
  async end(): Promise<void> {
    await this.idle();
    await this.#worker.terminate();
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.shift();
    if (this.isIdle) this.#worker.unref();
    if ("error" in reply) waiting?.reject(fromThrown(reply.error));
    else waiting?.resolve(reply.value);
  }

  #die(code: number): void {
    const how = this.#fault === null ? `exit code ${code}` : messageOf(this.#fault);
    const options = this.#fault === null ? {} : { cause: this.#fault };
    this.#death = new Error(`Thread of the model has ended: ${how}`, options);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#death);
  }
}
