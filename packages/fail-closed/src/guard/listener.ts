import { warn } from "#host";
import type { ModelEvent } from "../model.js";
import { messageOf } from "../words.js";

export type Listener = (event: ModelEvent) => void;

/**
 * Wraps a listener so that it can neither disturb its caller nor end the process: its exceptions and rejections are
 * caught. The first failure emits a process warning, `QSC_LISTENER`; the listener still receives every event.
 * @param model the listener's model, for the warning
 */
export function isolated(listener: ((event: ModelEvent) => unknown) | undefined, model: string): Listener {
  if (listener === undefined) return () => undefined;
  const report = once((thrown) => {
    const problem = `The listener 'onEvent' of model ${model} failed: ${safely(thrown)}.`;
    const rest = "It still receives events; its further failures are not reported.";
    warn(`${problem} ${rest}`, "QSC_LISTENER");
  });
  return (event) => {
    try {
      // Resolving calls any `then`, and failures of that are handled here.
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
