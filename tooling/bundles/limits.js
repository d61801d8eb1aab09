/**
 * The largest size of each entry, in bytes: minified and compressed with gzip, without optional packages and zod. Some 10 % above what it
 * is now, so that growth is a decision.
 *
 * @type {Readonly<Record<string, number>>}
 */
export const LIMITS = {
  "@qsc/contract": 12_700,
  "@qsc/stats": 12_000,
  "@qsc/violations": 82_000,
  "@qsc/violations/degeneracy": 7_000,
  "@qsc/report": 23_500,
  "@qsc/report/metrics": 3_750,
  "@qsc/fail-closed": 24_000,
};
