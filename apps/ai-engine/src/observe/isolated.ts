/** Receives what a listener threw or rejected with. */
export type Report = (listener: string, thrown: unknown) => void;

/**
 * A listener that cannot disturb its caller: the first time that it throws or rejects, this is reported. An error of
 * the report itself is ignored.
 */
export function isolated<Arguments extends readonly unknown[]>(
  name: string,
  listener: (...args: Arguments) => unknown,
  report: Report,
): (...args: Arguments) => void {
  let isReported = false;
  const fail = (thrown: unknown): void => {
    if (isReported) return;
    isReported = true;
    try {
      report(name, thrown);
    } catch {
      // Ignored, see above.
    }
  };
  return (...args) => {
    try {
      const answer = listener(...args);
      if (answer instanceof Promise) answer.catch(fail);
    } catch (thrown) {
      fail(thrown);
    }
  };
}
