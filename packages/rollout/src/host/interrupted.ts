import { QscError } from "@qsc/contract";

/** @throws QscError `interrupted` if the signal is aborted; only for where nothing has been changed yet */
export function refuseInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw interrupted();
}

/**
 * The result of a promise, unless the signal is aborted first: then it rejects at once. Only for work that changes
 * nothing: it continues unattended, and its result is ignored.
 * @throws QscError `interrupted`
 */
export async function unlessInterrupted<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(interrupted());
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([running, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function interrupted(): QscError {
  return new QscError("interrupted", "Interrupted before anything was changed.");
}
