import { rules, type Rule } from "@qsc/contract";
import { checkedOptions, must } from "../guard/options.js";
import type { Runtime } from "../runtime.js";
import { SessionThread } from "./session-thread.js";
import { optOutOfTelemetry } from "./telemetry.js";

export interface OnnxOptions {
  /** Threads for the operators of one session; 1, the session's own, if left out. */
  readonly threads?: number;
}

/** 1024 is more than any machine has: a mistake. */
const threadsRule: Rule = must(
  (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1024,
  "a whole number from 1 to 1024",
);

/** A runtime for ONNX models. */
export interface OnnxRuntime extends Runtime {
  /**
   * Resolves once no session of this runtime computes, nor is being opened: `process.exit()` does not block then. It
   * waits for calls that are overdue too, for which the `close` of their model does not. Never rejects, and never
   * resolves while a model hangs.
   */
  idle(): Promise<void>;
}

/**
 * Opens ONNX models with onnxruntime-node, a peer that is imported when the first model is opened. Its telemetry to its
 * vendor is turned off, unless the environment has `ORT_DISABLE_TELEMETRY` already.
 *
 * onnxruntime-node computes on the thread that calls it. So each session has a thread of its own: time limits hold, the
 * process goes on, and so do the other models. A thread keeps the process alive only while it computes.
 *
 * No call can be cut short, and to end its thread would abort the process. An overdue call goes on to its end; until
 * then `process.exit()`, and the end of a process by an uncaught error, block. Only a signal that nobody handles ends
 * the process at once, such as SIGKILL.
 *
 * A model is its bytes: one that takes weights from another file is refused, `model_corrupt`. Where a model has names
 * of its own (a label output, classes, metadata), they must be the manifest's, `manifest_invalid`.
 * @throws QscError `invalid_option`
 */
export function onnxRuntime(options: OnnxOptions = {}): OnnxRuntime {
  const { threads = 1 } = checkedOptions(options, { threads: rules.optional(threadsRule) });
  const running = new Set<SessionThread>();
  return {
    kind: "onnx",
    async open(bytes, { name, input, output, features, labels }) {
      optOutOfTelemetry();
      const thread = new SessionThread(name);
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
