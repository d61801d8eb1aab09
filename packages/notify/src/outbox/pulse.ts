import { watch } from "node:fs";
import { dirname } from "node:path";

/** Wakes those who wait for a file to change. */
export interface Pulse {
  /** Resolves at the next change, after `ms` milliseconds (null: no limit), or when the signal is aborted. */
  readonly wait: (ms: number | null, wakesOnChange: boolean, signal: AbortSignal) => Promise<void>;
  /** Wakes those who wait for a change. */
  readonly beat: () => void;
  readonly stop: () => void;
}

/**
 * The longest time until a change is noticed, in milliseconds. The kernel tells of changes at once, but not on every
 * file system, and not while the directory is missing.
 */
const EVERY_MS = 500;

/** Watches a file that may not exist yet. */
export function pulseOf(path: string): Pulse {
  const waiting = new Set<() => void>();
  const beat = (): void => {
    for (const wake of [...waiting]) wake();
  };
  let watcher: ReturnType<typeof watch> | null = null;
  const look = (): void => {
    if (watcher !== null) return;
    try {
      watcher = watch(dirname(path), beat);
      watcher.on("error", () => {
        watcher?.close();
        watcher = null;
      });
    } catch {
      // The directory is missing, or there are no watches left: the timer wakes instead.
    }
  };
  const timer = setInterval(() => {
    look();
    beat();
  }, EVERY_MS);
  look();
  return {
    beat,
    wait: (ms, wakesOnChange, signal) =>
      new Promise((resolve) => {
        let end: NodeJS.Timeout | undefined;
        const wake = (): void => {
          clearTimeout(end);
          waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        if (ms !== null) end = setTimeout(wake, ms);
        if (wakesOnChange) waiting.add(wake);
        if (signal.aborted) wake();
        else signal.addEventListener("abort", wake);
      }),
    stop: () => {
      clearInterval(timer);
      watcher?.close();
      beat();
    },
  };
}
