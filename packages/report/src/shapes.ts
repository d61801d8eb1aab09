import { rules, type QscDocument, type Rule } from "@qsc/contract";
import { comparisonShape } from "./documents/comparison.js";

const { allOf, anyText, atLeastZero, count, flag, listOf, nullable, oneOf, optional, recordOf, ruleOf, shaped } = rules;

const number = ruleOf((value) => typeof value === "number", "a number");
const measured = nullable(number);
const text = nullable(anyText);
const texts = listOf(anyText);
const verdict = oneOf("pass", "fail", "unknown", "collected");
const exitCode = ruleOf((value) => [0, 1, 2, 3].includes(value as number), "an exit code, 0 to 3");

const counted = shaped({ what: anyText, count, sample: text });
const check = shaped({
  id: anyText,
  status: oneOf("pass", "violation", "unknown"),
  n: count,
  reason: anyText,
  waived: flag,
});
const checks = listOf(check);
const stats = shaped({
  n: count,
  nonPredictions: count,
  shares: recordOf(measured),
  mean: measured,
  std: measured,
  p10: measured,
  p90: measured,
  latencyP95Ms: measured,
});
const model = shaped({ model: anyText, verdict, stats, checks, nonPredictionReasons: listOf(counted) });
const agreement = { agreement: measured, hardDisagree: measured, n: count };
const ensemble = shaped({ ...agreement, active: shaped(agreement), checks });
const steps = listOf(
  shaped({
    name: anyText,
    outcome: oneOf("done", "planned", "failed", "undone", "skipped"),
    detail: anyText,
    code: optional(anyText),
  }),
);

/** What every document says about its answer. */
const answer = {
  verdict,
  exitCode,
  reasons: texts,
  codes: optional(texts),
  judgedAt: anyText,
  host: anyText,
  toolVersion: anyText,
  digest: anyText,
};

const judgement = {
  ...answer,
  asOf: anyText,
  asOfFrom: oneOf("clock", "option", "last event"),
  after: text,
  count: nullable(count),
  source: anyText,
  stream: text,
  unit: text,
  firstId: text,
  lastId: text,
  earlier: optional(nullable(shaped({ entries: count, firstId: text, missing: texts }))),
  policyHash: anyText,
  policySource: anyText,
  counts: shaped({ read: count, rejected: count, duplicates: count, judged: count }),
  rejected: listOf(shaped({ reason: anyText, count, samples: texts, detail: anyText })),
  integrity: checks,
  builds: texts,
};

const operation = {
  ...answer,
  warnings: texts,
  unit: anyText,
  services: anyText,
  source: text,
  stream: text,
  steps,
};

const weights = nullable(recordOf(number));
const weightChange = shaped({ before: weights, after: weights });
const file = shaped({ path: anyText, text: anyText });
const watch = shaped({
  cutover: anyText,
  watchedMs: atLeastZero,
  durationMs: atLeastZero,
  judgements: count,
  events: count,
  lastJudgedAt: text,
  worst: listOf(shaped({ model: text, check: anyText, value: number, limit: number, margin: number, at: anyText })),
});
const evidence = listOf(
  shaped({
    model: anyText,
    check: anyText,
    log10: number,
    threshold: number,
    conclusive: flag,
    n: count,
    since: nullable(count),
  }),
);
const power = shaped({
  model: anyText,
  durationMs: atLeastZero,
  rows: listOf(
    shaped({
      check: anyText,
      limit: anyText,
      fault: anyText,
      observations: nullable(count),
      late: nullable(count),
      decisions: nullable(count),
      minutes: nullable(atLeastZero),
      inTime: flag,
    }),
  ),
});
const action = shaped({ action: anyText, count, share: measured, min: measured, max: measured, mean: measured });
const feature = shaped({
  feature: anyText,
  model: text,
  n: count,
  missing: count,
  notFinite: count,
  invalid: count,
  mean: measured,
  std: measured,
  min: measured,
  max: measured,
  flat: flag,
  psi: measured,
});
const diagnosis = shaped({
  model: anyText,
  verdict,
  stats,
  actions: listOf(action),
  deadZoneShare: measured,
  inferredThreshold: measured,
  fallbackShare: measured,
  fallbacks: listOf(counted),
  drift: nullable(shaped({ labels: measured, confidence: measured, unknown: texts })),
  cause: anyText,
  nextStep: anyText,
});
const journal = shaped({
  status: oneOf("read", "unknown", "skipped"),
  detail: anyText,
  build: text,
  findings: listOf(shaped({ kind: anyText, model: text, count, reason: anyText, sample: anyText })),
});

/** The members that the report of each kind of document reads. */
const KINDS: Readonly<Record<QscDocument["kind"], Rule>> = {
  "quality-gate": shaped({
    ...judgement,
    mode: anyText,
    model: text,
    shadow: optional(flag),
    comparison: optional(comparisonShape),
    models: listOf(model),
    ensemble,
    deltas: nullable(listOf(shaped({ model: anyText, before: stats, after: stats }))),
    power: optional(listOf(power)),
  }),
  scoreboard: shaped({
    ...judgement,
    shadow: optional(anyText),
    models: listOf(allOf(model, shaped({ status: oneOf("GO", "WAIT", "NO-GO") }))),
    ensemble,
  }),
  "feature-sanity": shaped({ ...judgement, checks, warnings: texts, features: listOf(feature), manifest: text }),
  diagnose: shaped({ ...judgement, shadow: optional(anyText), models: listOf(diagnosis), journal }),
  preflight: shaped(operation),
  deploy: shaped({ ...operation, commit: anyText, former: text, cutover: text }),
  cutover: shaped({ ...operation, cutover: text }),
  activate: shaped({
    ...operation,
    model: anyText,
    gate: optional(nullable(shaped({ shadow: optional(flag), power: optional(listOf(power)) }))),
    weights: weightChange,
    dropIn: nullable(file),
    rollbackCommand: anyText,
    cutover: text,
  }),
  promote: shaped({
    ...operation,
    model: text,
    to: number,
    weights: weightChange,
    dropIn: nullable(file),
    rollbackCommand: anyText,
    cutover: text,
  }),
  rollback: shaped({ ...operation, reason: anyText, weights: weightChange, cutover: text }),
  monitor: shaped({
    ...operation,
    model: text,
    share: measured,
    outcome: anyText,
    watch: nullable(watch),
    rule: anyText,
    evidence,
    power: optional(nullable(power)),
    policyHash: anyText,
    policySource: anyText,
    violations: texts,
    integrity: checks,
    models: listOf(model),
    rollback: nullable(shaped({ steps })),
  }),
  status: shaped({
    ...operation,
    phase: anyText,
    since: text,
    endsAt: text,
    lastRollback: nullable(shaped({ at: anyText, user: anyText, host: anyText, reason: anyText, proven: flag })),
    model: text,
    share: measured,
    weights,
    watch: nullable(watch),
    lastAudit: nullable(shaped({ event: anyText, at: anyText, user: anyText })),
  }),
  audit: shaped({ ...operation, path: anyText, entries: count }),
  init: shaped({ ...operation, files: listOf(file) }),
};

/**
 * Refuses a value that is not a document: its report would say `undefined` where a verdict belongs.
 *
 * @throws QscError `invalid_option`, naming the invalid part
 */
export function requireDocument(document: QscDocument): void {
  shaped({ kind: oneOf(...Object.keys(KINDS)) })(document, "document");
  KINDS[document.kind](document, "document");
}
