import { QscError } from "@qsc/contract";

/**
 * What a promise gives, unless the signal comes first: then it rejects, whatever the promise waits for. Only for what
 * changes nothing: it goes on by itself, and its end is left alone.
 * @throws QscError `interrupted`
 */
export async function unlessInterrupted<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(new QscError("interrupted", "Interrupted before anything was changed."));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([running, interrupted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
