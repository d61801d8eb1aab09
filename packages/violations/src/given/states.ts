import { rules, type Rule } from "@qsc/contract";

const { anyText, atLeastZero, count, finite, listOf, nullable, ruleOf, shaped, tupleOf } = rules;

const faults: Rule = listOf(shaped({ what: anyText, count, sample: nullable(anyText) }));
const votes: Rule = shaped({ decisions: count, hard: count, largest: listOf(tupleOf(rules.wholeFrom(1), count)) });
const entryId: Rule = ruleOf((value) => typeof value === "string" && /^\d+-\d+$/.test(value), "an entry ID");

/** A sample's state. Its moments and histogram check themselves. */
export const sampleState: Rule = (value, name) => {
  shaped({ kind: rules.oneOf("whole", "outline") })(value, name);
  const { kind } = value as { readonly kind: string };
  const numbers = ruleOf((values) => values instanceof Float64Array, "a Float64Array");
  if (kind === "whole") shaped({ values: numbers })(value, name);
  else shaped({ moments: shaped({}), histogram: shaped({ counts: numbers }) })(value, name);
};

/** Everything that a scorecard has counted. */
export const scorecardState: Rule = shaped({
  predictions: count,
  withoutArtifact: count,
  newestMs: nullable(finite),
  labels: listOf(tupleOf(anyText, count)),
  confidences: sampleState,
  latencies: sampleState,
  faults: shaped({
    invalidConfidences: faults,
    unknownLabels: faults,
    invalidLatencies: faults,
    nonPredictions: faults,
    artifacts: faults,
    invalidArtifacts: faults,
  }),
  byLabel: listOf(tupleOf(anyText, sampleState)),
});

const range: Rule = tupleOf(atLeastZero, atLeastZero);
const spread: Rule = shaped({
  models: listOf(tupleOf(anyText, range)),
  canaries: listOf(tupleOf(nullable(anyText), range)),
  any: rules.flag,
});
const distance: Rule = nullable(shaped({ ms: atLeastZero, id: entryId }));

/** Everything that a telemetry card has counted. */
export const cardState: Rule = (value, name) => {
  cardShape(value, name);
};

const cardShape: Rule = shaped({
  judged: count,
  rejections: count,
  duplicates: count,
  ends: listOf(entryId),
  models: listOf(tupleOf(anyText, scorecardState)),
  others: listOf(anyText),
  allVotes: votes,
  activeVotes: votes,
  notFinite: faults,
  conflicts: faults,
  engine: shaped({
    builds: faults,
    boots: faults,
    weights: faults,
    contracts: faults,
    spread,
    weighted: listOf(anyText),
    contradictions: faults,
  }),
  members: shaped({ numbers: listOf(anyText), nulls: faults }),
  stretches: listOf(shaped({ first: finite, last: atLeastZero })),
  featureTimes: shaped({ known: count, oldest: distance, ahead: distance, missing: faults, invalid: faults }),
  newest: nullable(
    shaped({
      decisions: listOf(shaped({ id: entryId, models: listOf(shaped({ model: anyText })) })),
      unread: listOf(entryId),
      unplaced: count,
    }),
  ),
  rejected: listOf(tupleOf(anyText, shaped({ count, samples: listOf(anyText), detail: anyText }))),
  repeats: nullable((value, name) => {
    cardState(value, name);
  }),
});
