import { describeDuration, QscError } from "@qsc/contract";

/** A wait is counted in parts of this length, in milliseconds, so that a stop within it is seen. */
const PART_MS = 250;
/** A part that ends this much too late, in milliseconds, means that this process was stopped meanwhile. */
const STOPPED_MS = 1000;
/** How often a wait begins again for that. */
const MOST_STOPS = 3;

/**
 * The result of a promise, if it comes in time. After that the work continues unattended, and `late` receives its
 * result. Time during which this process was stopped (SIGSTOP) does not count: it has missed answers, too.
 * @param what is waited for, as the beginning of a sentence: `Reading /path`
 * @throws QscError `file_failed` when the time is over
 */
export async function within<T>(
  ms: number,
  what: string,
  running: Promise<T>,
  late: (value: T) => void = () => undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  const over = new Promise<never>((_resolve, reject) => {
    const wait = (leftMs: number, stops: number): void => {
      const beganMs = performance.now();
      const partMs = Math.min(leftMs, PART_MS);
      timer = setTimeout(() => {
        const tookMs = performance.now() - beganMs;
        if (stops < MOST_STOPS && tookMs > partMs + STOPPED_MS) {
          wait(ms, stops + 1);
          return;
        }
        const restMs = leftMs - Math.max(partMs, tookMs);
        if (restMs > 0) {
          wait(restMs, stops);
          return;
        }
        isLate = true;
        reject(
          new QscError(
            "file_failed",
            `${what} did not end within ${describeDuration(ms)}; qsc stopped waiting for it.`,
          ),
        );
      }, partMs);
    };
    wait(ms, 0);
  });
  void running
    .then((value) => {
      if (isLate) late(value);
    })
    .catch(() => undefined);
  try {
    return await Promise.race([running, over]);
  } finally {
    clearTimeout(timer);
  }
}
