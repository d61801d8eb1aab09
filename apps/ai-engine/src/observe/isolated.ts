/** Is told what a listener threw, or rejected with. */
export type Report = (listener: string, thrown: unknown) => void;

/**
 * A listener that cannot disturb its caller: what it throws or rejects with is reported, the first time only. What the
 * report itself throws has nowhere left to go.
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
      // See above.
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
