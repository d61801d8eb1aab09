import { describeDuration, QscError } from "@qsc/contract";

/**
 * The result of a promise, if it comes in time. After that the work continues unattended, and `late` receives its
 * result.
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
    timer = setTimeout(() => {
      isLate = true;
      reject(
        new QscError("file_failed", `${what} did not end within ${describeDuration(ms)}; qsc stopped waiting for it.`),
      );
    }, ms);
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
