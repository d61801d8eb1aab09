import { rules, SEGMENT_FAULTS, type Rule } from "@qsc/contract";
import { segmentsShape } from "../documents/segments.js";

const { anyText, atLeastZero, count, flag, listOf, nullable, oneOf, optional, recordOf, ruleOf, shaped } = rules;

export const number: Rule = ruleOf((value) => typeof value === "number", "a number");
export const measured: Rule = nullable(number);
export const text: Rule = nullable(anyText);
export const texts: Rule = listOf(anyText);
export const verdict: Rule = oneOf("pass", "fail", "unknown", "collected");
export const exitCode: Rule = ruleOf((value) => [0, 1, 2, 3].includes(value as number), "an exit code, 0 to 3");

const counted = shaped({ what: anyText, count, sample: text });
const check = shaped({
  id: anyText,
  status: oneOf("pass", "violation", "unknown"),
  n: count,
  reason: anyText,
  waived: flag,
  conditions: listOf(
    shaped({
      measure: anyText,
      status: oneOf("pass", "violation", "unknown"),
      value: measured,
      limit: measured,
      violatedWhen: oneOf("below", "above"),
    }),
  ),
});
export const checks: Rule = listOf(check);
export const stats: Rule = shaped({
  n: count,
  nonPredictions: count,
  shares: recordOf(measured),
  mean: measured,
  std: measured,
  p10: measured,
  p90: measured,
  min: measured,
  max: measured,
  latencyP95Ms: measured,
  histogram: optional(listOf(count)),
});
export const model: Rule = shaped({
  model: anyText,
  verdict,
  stats,
  checks,
  nonPredictionReasons: listOf(counted),
  segments: optional(segmentsShape),
});
const agreement = { agreement: measured, hardDisagree: measured, n: count };
export const ensemble: Rule = shaped({ ...agreement, active: shaped(agreement), checks });
export const steps: Rule = listOf(
  shaped({
    name: anyText,
    outcome: oneOf("done", "planned", "failed", "undone", "skipped"),
    detail: anyText,
    code: optional(anyText),
  }),
);

export const weights: Rule = nullable(recordOf(number));
export const weightChange: Rule = shaped({ before: weights, after: weights });
export const file: Rule = shaped({ path: anyText, text: anyText });
export const watch: Rule = shaped({
  cutover: anyText,
  watchedMs: atLeastZero,
  durationMs: atLeastZero,
  judgements: count,
  events: count,
  lastJudgedAt: text,
  worst: listOf(shaped({ model: text, check: anyText, value: number, limit: number, margin: number, at: anyText })),
  history: optional(
    listOf(
      shaped({
        watchedMs: atLeastZero,
        margins: listOf(shaped({ model: text, margin: number })),
        evidence: listOf(shaped({ model: anyText, part: number })),
      }),
    ),
  ),
});
export const evidence: Rule = listOf(
  shaped({
    model: anyText,
    check: anyText,
    symbol: optional(nullable(anyText)),
    log10: number,
    threshold: number,
    conclusive: flag,
    n: count,
    since: nullable(count),
  }),
);
export const power: Rule = shaped({
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
  symbols: optional(
    shaped({
      decides: flag,
      known: nullable(count),
      rows: listOf(
        shaped({
          fault: oneOf(...SEGMENT_FAULTS),
          label: nullable(anyText),
          decisions: nullable(count),
          late: nullable(count),
          minutes: nullable(atLeastZero),
        }),
      ),
    }),
  ),
});
const action = shaped({ action: anyText, count, share: measured, min: measured, max: measured, mean: measured });
export const pastCanary: Rule = shaped({
  model: anyText,
  activatedAt: anyText,
  user: anyText,
  host: anyText,
  share: measured,
  watchedMs: nullable(atLeastZero),
  outcome: oneOf("canary", "eligible", "promoted", "rolled_back", "rollback_failed", "unknown"),
  at: anyText,
  reason: text,
  report: text,
});
export const notifiedChannel: Rule = shaped({
  channel: anyText,
  kind: anyText,
  accepted: nullable(flag),
  said: anyText,
});
export const feature: Rule = shaped({
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
export const diagnosis: Rule = shaped({
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
  segments: optional(segmentsShape),
});
export const journal: Rule = shaped({
  status: oneOf("read", "unknown", "skipped"),
  detail: anyText,
  build: text,
  findings: listOf(shaped({ kind: anyText, model: text, count, reason: anyText, sample: anyText })),
});
const scoreRange = shaped({ low: number, high: number });
export const judgedProfile: Rule = shaped({
  name: anyText,
  source: anyText,
  hash: anyText,
  score: (value, name) => {
    (typeof value === "string" ? oneOf("probability", "logit") : scoreRange)(value, name);
  },
  laxer: listOf(shaped({ key: anyText, limit: number, builtIn: number })),
  notJudged: texts,
});
