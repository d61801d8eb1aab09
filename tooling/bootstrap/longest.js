/**
 * What is read of vitest's JSON report: a test leaves in `meta` how long a canary lived in it.
 *
 * @typedef {{ fullName: string, status: string, meta?: { longestLifeMs?: number } }} MeasuredTest
 * @typedef {{ testResults: { assertionResults: MeasuredTest[] }[] }} MeasuredReport
 *
 * @typedef {{ longestMs: number, test: string, tests: number }} Longest
 */

/**
 * The longest time that a canary lived, violated or unjudged, in all tests that measured it; null if none did.
 *
 * @param {MeasuredReport | undefined} report undefined if vitest wrote none
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

export const LIMIT_MS = 120_000;

/** @param {Longest} longest */
export function saidOf({ longestMs, test, tests }) {
  return `The longest that a canary lived, violated or without a judgement: ${longestMs / 1000} s, of ${LIMIT_MS / 1000} s (${tests} tests; in: ${test})`;
}
