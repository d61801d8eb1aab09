import type { ModelEvent } from "../model.js";

export type Listener = (event: ModelEvent) => void;

/** A listener that cannot disturb who tells it: what it throws, the process sees as uncaught, a moment later. */
export function isolated(listener: Listener | undefined): Listener {
  if (listener === undefined) return () => undefined;
  return (event) => {
    try {
      listener(event);
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown;
      });
    }
  };
}
