import type { ModelEvent } from "../model.js";
import { messageOf } from "../words.js";

export type Listener = (event: ModelEvent) => void;

/**
 * A listener that cannot disturb who tells it, nor end the process: what it throws, and a promise of its own that
 * rejects, is caught. The first fault is a process warning, `QSC_LISTENER`; it goes on being told of every event.
 * @param model whose listener it is, for the warning
 */
export function isolated(listener: ((event: ModelEvent) => unknown) | undefined, model: string): Listener {
  if (listener === undefined) return () => undefined;
  const report = once((thrown) => {
    const problem = `The listener 'onEvent' of model ${model} failed: ${safely(thrown)}.`;
    const rest = "It goes on being told; further faults of it are not reported.";
    process.emitWarning(`${problem} ${rest}`, { type: "QscWarning", code: "QSC_LISTENER" });
  });
  return (event) => {
    try {
      // Resolving looks for a `then`, and whatever comes of it is handled here.
      Promise.resolve(listener(event)).catch(report);
    } catch (thrown) {
      report(thrown);
    }
  };
}

function once(report: (thrown: unknown) => void): (thrown: unknown) => void {
  let isReported = false;
  return (thrown) => {
    if (isReported) return;
    isReported = true;
    report(thrown);
  };
}

function safely(thrown: unknown): string {
  try {
    return messageOf(thrown);
  } catch {
    return "with an error that cannot be read";
  }
}
