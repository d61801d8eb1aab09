import { rules, type Rule } from "@qsc/contract";

const { atLeastZero, nullable, shaped, wholeFrom } = rules;

/** Beyond this many answers the exact test of the error rate is not defined. */
const MOST_ANSWERS = 500_000_000;
const answers = wholeFrom(0, MOST_ANSWERS);

/** What a model was like before: a count or latency that is NaN would compare with nothing. */
export const baselineRule: Rule = shaped({
  predictions: answers,
  nonPredictions: answers,
  latencyP95Ms: nullable(atLeastZero),
});
