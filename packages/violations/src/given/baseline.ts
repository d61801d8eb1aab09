import { invalidOption, rules, type Cases, type Rule } from "@qsc/contract";

const { allOf, anyText, atLeastZero, count, listOf, nullable, numberWithin, optional, shaped, wholeFrom } = rules;

/** With more answers than this the exact test of the error rate is not defined. */
const MOST_ANSWERS = 500_000_000;
const answers = wholeFrom(0, MOST_ANSWERS);

const cases: Rule = allOf(shaped({ cases: count, n: count }), (value, name) => {
  const { cases: some, n } = value as Cases;
  if (some > n) throw invalidOption(`${name}.cases`, some, `at most n, ${n}`);
});
const correlation = nullable(numberWithin(-1, 1));

/** How answers depended on those before. */
const measuredRule: Rule = shaped({
  decisions: count,
  observations: count,
  spanMs: atLeastZero,
  symbols: optional(count),
  labels: listOf(shaped({ labels: listOf(anyText), afterThese: cases, afterOthers: cases, within: correlation })),
  equalConfidences: cases,
  confidences: shaped({ autocorrelation: correlation, n: count }),
});

const dependenceRule: Rule = (value, name) => {
  if (value !== "independent") measuredRule(value, name);
};

/** How a model behaved before. A count or latency that is NaN could not be compared with anything. */
export const baselineRule: Rule = shaped({
  predictions: answers,
  nonPredictions: answers,
  latencyP95Ms: nullable(atLeastZero),
  entropy: optional(nullable(numberWithin(0, 1))),
  dependence: optional(dependenceRule),
});
