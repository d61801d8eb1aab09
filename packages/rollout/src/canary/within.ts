import { describeDuration, QscError } from "@qsc/contract";

/**
 * What a promise gives, if it does so in time. What it does goes on by itself and may still come to an end; `late` gets
 * what it gives then.
 * @param what is waited for, as the beginning of a sentence: `Reading /path`
 * @throws QscError `file_failed` after that time
 */
export async function within<T>(ms: number, what: string, running: Promise<T>, late: (value: T) => void = () => undefined): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new QscError("file_failed", `${what} did not end within ${describeDuration(ms)}; it is left behind.`));
    }, ms);
  });
  void running.then((value) => { if (isLate) late(value); }).catch(() => undefined);
  try {
    return await Promise.race([running, over]);
  } finally {
    clearTimeout(timer);
  }
}
