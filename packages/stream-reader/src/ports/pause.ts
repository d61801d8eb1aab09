/** Resolves after this many milliseconds, or on the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    function done(): void {
      signal.removeEventListener("abort", done);
      clearTimeout(timer);
      resolve();
    }
  });
}

/** The value of a promise, unless the signal comes first: then it rejects and drops the value. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(new Error("aborted"));
    };
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}

/** The same iteration, but it throws on the signal even while it waits. */
export async function* abortable<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const result = await orAbort(iterator.next(), signal);
    if (result.done === true) return;
    yield result.value;
  }
}

/**
 * Whether a promise takes longer than this many milliseconds. False on the signal, or if the promise rejects in time.
 */
export async function isLate(promise: Promise<unknown>, ms: number, signal: AbortSignal): Promise<boolean> {
  const enough = new AbortController();
  // Not AbortSignal.any, which leaks memory in a signal that lives for hours (Node 20).
  const stop = (): void => {
    enough.abort();
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([
      promise.then(
        () => false,
        () => false,
      ),
      pause(ms, enough.signal).then(() => !signal.aborted),
    ]);
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** Whether a signal is over by now, asked again after a wait: TypeScript remembers the answer from before it. */
export function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
