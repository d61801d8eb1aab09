import { describeDuration, QscError } from "@qsc/contract";

/** A timer that comes this much too late, in milliseconds, means that this process was stopped meanwhile. */
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
    const wait = (stops: number): void => {
      const beganMs = performance.now();
      timer = setTimeout(() => {
        if (stops < MOST_STOPS && performance.now() - beganMs > ms + STOPPED_MS) {
          wait(stops + 1);
          return;
        }
        isLate = true;
        reject(
          new QscError(
            "file_failed",
            `${what} did not end within ${describeDuration(ms)}; qsc stopped waiting for it.`,
          ),
        );
      }, ms);
    };
    wait(0);
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
