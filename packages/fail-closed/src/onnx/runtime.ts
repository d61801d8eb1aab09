import { rules, type Rule } from "@qsc/contract";
import { checkedOptions, must } from "../guard/options.js";
import type { Runtime } from "../runtime.js";
import { SessionThread } from "./session-thread.js";
import { optOutOfTelemetry } from "./telemetry.js";
import { existing, ownProgram, workerRule } from "./thread-program.js";

export interface OnnxOptions {
  /** Threads for the operators of one session; default 1, the session's own. */
  readonly threads?: number;
  /**
   * The program of a session's thread, as a `file:` URL. Only a bundled service needs it, as the program is then not where
   * this package has it: bundle `@qsc/fail-closed/onnx-worker` as an entry of its own, and name the result, such as
   * `new URL("./onnx-worker.js", import.meta.url)`.
   */
  readonly worker?: URL;
}

/** More than 1024 is more than any machine has, so it is a mistake. */
const threadsRule: Rule = must(
  (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1024,
  "a whole number from 1 to 1024",
);

/** A runtime for ONNX models. */
export interface OnnxRuntime extends Runtime {
  /**
   * Resolves once no session of this runtime computes or is being opened: `process.exit()` does not block then. Unlike
   * a model's `close`, it also waits for overdue calls. Never rejects, and never resolves while a model hangs.
   */
  idle(): Promise<void>;
}

/**
 * Opens ONNX models with onnxruntime-node, a peer dependency that is imported when the first model is opened. Its
 * telemetry to its vendor is turned off, unless the environment already sets `ORT_DISABLE_TELEMETRY`.
 *
 * onnxruntime-node computes on the thread that calls it. So each session has a thread of its own: time limits hold, and
 * the process and the other models keep running. A thread keeps the process alive only while it computes.
 *
 * No call can be interrupted, and ending its thread would abort the process. An overdue call runs to its end; until
 * then `process.exit()` and an exit by an uncaught error block. Only an unhandled signal, such as SIGKILL, ends the
 * process at once.
 *
 * A model is its bytes: a model that takes weights from another file is refused, `model_corrupt`. If a model has names
 * of its own (a label output, classes, metadata), they must match the manifest's, else `manifest_invalid`.
 * A bundled service names the program of those threads with `worker`; without it, models are inactive, `model_missing`.
 * @throws QscError `invalid_option`
 */
export function onnxRuntime(options: OnnxOptions = {}): OnnxRuntime {
  const { threads = 1, worker = ownProgram() } = checkedOptions(options, {
    threads: rules.optional(threadsRule),
    worker: rules.optional(workerRule),
  });
  const running = new Set<SessionThread>();
  return {
    kind: "onnx",
    async open(bytes, { name, input, output, features, labels }) {
      optOutOfTelemetry();
      const thread = new SessionThread(name, existing(worker));
      running.add(thread);
      const close = async (): Promise<void> => {
        await thread.end();
        running.delete(thread);
      };
      try {
        const facts = await thread.ask({ kind: "open", bytes, threads, manifest: { input, output, features, labels } });
        return { ...facts, predict: ({ data }) => thread.ask({ kind: "predict", data }), close };
      } catch (thrown) {
        await close();
        throw thrown;
      }
    },
    async idle() {
      while ([...running].some(({ isIdle }) => !isIdle)) await Promise.all([...running].map((thread) => thread.idle()));
    },
  };
}
