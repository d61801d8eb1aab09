import {
  sealed,
  type CheckResult,
  type DiagnosisDocument,
  type EvidenceHead,
  type GateDocument,
  type ModelStats,
  type ModelVerdict,
  type QscDocument,
  type SanityDocument,
  type ScoreboardDocument,
} from "../../src/index.js";

const stats: ModelStats = {
  n: 330,
  nonPredictions: 2,
  absent: 0,
  shares: { BUY: 0.25, SELL: 0.25, HOLD: 0.5 },
  mean: 0.6,
  std: 0.17,
  p10: 0.4,
  p90: 0.9,
  min: 0.1,
  max: 0.99,
  entropy: 0.95,
  latencyP95Ms: null,
  quantileErrorBound: 0,
};

const check: CheckResult = {
  id: "constant_output",
  status: "pass",
  value: 0.17,
  limit: 0.01,
  n: 330,
  interval: { low: 0.15, high: 0.19, confidence: 0.95 },
  reason: "std 0.170000; violated below 0.01",
  waived: false,
  conditions: [
    { measure: "std", status: "pass", value: 0.17, worst: 0.16, violatedWhen: "below", limit: 0.01, interval: null },
  ],
};

const model: ModelVerdict = {
  model: "xgboost",
  verdict: "pass",
  reasons: [],
  stats,
  checks: [check, { ...check, id: "latency_spike", status: "unknown", value: null, interval: null, waived: true }],
  nonPredictionReasons: [{ what: "shadow", count: 2, sample: "1763818338282-0" }],
  artifacts: ["ab".repeat(32)],
};

const head: EvidenceHead = {
  verdict: "pass",
  exitCode: 0,
  reasons: [],
  judgedAt: "2026-01-11T08:30:00.000Z",
  asOf: "2026-01-11T08:30:00.000Z",
  asOfFrom: "clock",
  after: null,
  count: 300,
  source: "redis://localhost:6379",
  stream: "quantum:stream:trade.intent",
  unit: "ai-engine.service",
  firstId: "1763818338282-0",
  lastId: "1763825996008-0",
  policyHash: "cd".repeat(32),
  policySource: "built-in",
  counts: { read: 333, rejected: 2, duplicates: 1, judged: 330 },
  rejected: [{ reason: "unreadable_json", count: 2, samples: ["1763818338299-0"], detail: "payload is no JSON" }],
  integrity: [{ ...check, id: "rejected_events" }],
  builds: ["abc123"],
  boots: [],
  host: "host",
  toolVersion: "0.1.0",
};

const agreement = { agreement: 0.6, hardDisagree: 0.1, n: 330 };
const ensemble = { ...agreement, active: { ...agreement, agreement: null }, checks: [check] };

export const gate: GateDocument = sealed({
  kind: "quality-gate" as const,
  mode: "canary" as const,
  model: null,
  ...head,
  models: [model],
  ensemble,
  deltas: [{ model: "xgboost", before: stats, after: stats }],
});
export const scoreboard: ScoreboardDocument = sealed({
  kind: "scoreboard" as const,
  ...head,
  models: [{ ...model, status: "GO" as const }],
  ensemble,
});
export const sanity: SanityDocument = sealed({
  kind: "feature-sanity" as const,
  ...head,
  checks: [check],
  warnings: ["repeated"],
  manifest: null,
  features: [
    {
      feature: "atr_value",
      model: null,
      n: 330,
      missing: 0,
      notFinite: 0,
      invalid: 0,
      mean: 1,
      std: 0.1,
      min: 0,
      max: 2,
      flat: false,
      psi: null,
    },
  ],
});
export const diagnosis: DiagnosisDocument = sealed({
  kind: "diagnose" as const,
  ...head,
  journal: {
    status: "read" as const,
    detail: "12 lines",
    build: null,
    findings: [
      {
        kind: "fail_closed" as const,
        model: "XGB",
        reason: "timeout",
        count: 2,
        sample: "[XGB] QSC FAIL-CLOSED: late",
      },
    ],
  },
  models: [
    {
      model: "xgboost",
      verdict: "pass" as const,
      stats,
      actions: [{ action: "BUY", count: 82, share: 0.25, min: 0.1, max: 0.9, mean: 0.6 }],
      deadZoneShare: 0.5,
      inferredThreshold: null,
      fallbackShare: 0,
      fallbacks: [{ what: "fallback", count: 1, sample: null }],
      drift: {
        labels: 0.01,
        confidence: null,
        unknown: ["the drift of confidence is unknown: the model did not appear before the cutover"],
      },
      cause: "nothing is wrong",
      nextStep: "none",
    },
  ],
});

export const documents: readonly QscDocument[] = [gate, scoreboard, sanity, diagnosis];
