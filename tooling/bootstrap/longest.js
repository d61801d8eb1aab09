/**
 * What is read of vitest's JSON report: a test leaves in `meta` how long a canary lived in it.
 *
 * @typedef {{ fullName: string, status: string, meta?: { longestLifeMs?: number } }} MeasuredTest
 * @typedef {{ testResults: { assertionResults: MeasuredTest[] }[] }} MeasuredReport
 *
 * @typedef {{ longestMs: number, test: string, tests: number }} Longest
 */

/**
 * The longest that a canary lived, violated or without a judgement, in all tests that measured it; null where none did.
 *
 * @param {MeasuredReport | undefined} report undefined when vitest wrote none
 * @returns {Longest | null}
 */
export function longestOf(report) {
  const tests = (report?.testResults ?? []).flatMap(({ assertionResults }) => assertionResults);
  /** @type {Longest | null} */
  let longest = null;
  let measured = 0;
  for (const { fullName, meta } of tests) {
    const ms = meta?.longestLifeMs;
    if (ms === undefined) continue;
    measured += 1;
    if (longest === null || ms > longest.longestMs) longest = { longestMs: ms, test: fullName, tests: 0 };
  }
  return longest === null ? null : { ...longest, tests: measured };
}
