import { QscError } from "@qsc/contract";

/**
 * The result, or an `interrupted` error as soon as the operator interrupts, even while a source is being connected.
 * Unfinished work ends with the process.
 */
export async function unlessInterrupted<T>(
  running: Promise<T>,
  signal: AbortSignal,
  message = "Interrupted before there was a verdict: nothing is proven.",
): Promise<T> {
  const interrupted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => {
      reject(new QscError("interrupted", message));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  return Promise.race([running, interrupted]);
}
