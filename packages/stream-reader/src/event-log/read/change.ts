import { watch } from "node:fs";
import { INTERVAL_MS } from "./interval.js";

/** Resolves when a file may have changed, after a quarter of a second, or on the signal. */
export async function changeOf(path: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const watcher = hint(path, done);
    const timer = setTimeout(done, INTERVAL_MS);
    signal.addEventListener("abort", done);
    function done(): void {
      signal.removeEventListener("abort", done);
      clearTimeout(timer);
      watcher?.close();
      resolve();
    }
  });
}

/** Watching is only a hint: if it is unavailable, polling still works. */
function hint(path: string, changed: () => void): { close(): void } | null {
  try {
    return watch(path, { persistent: false }, changed).on("error", changed);
  } catch {
    return null;
  }
}
