import { z } from "zod";
import type { Delta, FeatureStats, JournalReading, ModelDiagnosis } from "../judgement.js";
import type { ModelSegments } from "../segments.js";
import type { Agreement, Counted, Ensemble, ModelStats, ModelVerdict } from "../verdict.js";
import { checkResult, verdict } from "./checks.js";
import { recordOf } from "./record.js";
import { modelSegments } from "./segments.js";
import { atLeastZero, count, share, text } from "./values.js";

type Shape<T> = { readonly [K in keyof T]: z.ZodType<T[K]> };

const measured: z.ZodType<number | null> = z.number().nullable();
const spread: z.ZodType<number | null> = atLeastZero.nullable();

const stats: z.ZodType<ModelStats> = z.strictObject({
  n: count,
  nonPredictions: count,
  absent: count,
  shares: recordOf(share.nullable()),
  mean: measured,
  std: spread,
  p10: measured,
  p90: measured,
  min: measured,
  max: measured,
  entropy: share.nullable(),
  latencyP95Ms: spread,
  quantileErrorBound: atLeastZero,
  histogram: z.array(count).optional(),
});

const counted: z.ZodType<Counted> = z.strictObject({
  what: z.string(),
  count,
  sample: z.string().nullable(),
});

/** The members of a model's verdict, for the documents that add one. */
export const modelVerdictShape: Shape<Omit<ModelVerdict, "segments" | "unsigned">> & {
  readonly unsigned: z.ZodExactOptional<
    z.ZodEnum<{ signature_missing: "signature_missing"; signature_invalid: "signature_invalid" }>
  >;
  readonly segments: z.ZodExactOptional<z.ZodType<ModelSegments>>;
} = {
  model: text,
  verdict,
  reasons: z.array(text),
  stats,
  checks: z.array(checkResult),
  nonPredictionReasons: z.array(counted),
  artifacts: z.array(z.string()),
  unsigned: z.enum(["signature_missing", "signature_invalid"]).exactOptional(),
  segments: modelSegments.exactOptional(),
};

const agreementShape: Shape<Agreement> = {
  agreement: share.nullable(),
  hardDisagree: share.nullable(),
  n: count,
};

export const ensemble: z.ZodType<Ensemble> = z.strictObject({
  ...agreementShape,
  active: z.strictObject(agreementShape),
  checks: z.array(checkResult),
});

export const delta: z.ZodType<Delta> = z.strictObject({ model: text, before: stats, after: stats });

export const featureStats: z.ZodType<FeatureStats> = z.strictObject({
  feature: z.string(),
  model: z.string().nullable(),
  n: count,
  missing: count,
  notFinite: count,
  invalid: count,
  mean: measured,
  std: spread,
  min: measured,
  max: measured,
  flat: z.boolean(),
  psi: spread,
});

export const modelDiagnosis: z.ZodType<ModelDiagnosis> = z.strictObject({
  model: text,
  verdict,
  stats,
  actions: z.array(z.strictObject({ action: z.string(), count, share, min: measured, max: measured, mean: measured })),
  deadZoneShare: share.nullable(),
  inferredThreshold: measured,
  fallbackShare: share.nullable(),
  fallbacks: z.array(counted),
  drift: z
    .strictObject({ labels: spread, confidence: spread, unknown: z.array(text) })
    .refine(
      ({ labels, confidence, unknown }) => (labels === null || confidence === null) === unknown.length > 0,
      "Invalid input: a drift that is null needs its reason",
    )
    .nullable(),
  cause: text,
  nextStep: text,
  segments: modelSegments.exactOptional(),
});

export const journalReading: z.ZodType<JournalReading> = z.strictObject({
  status: z.enum(["read", "unknown", "skipped"]),
  detail: text,
  build: text.nullable(),
  findings: z.array(
    z.strictObject({
      kind: z.enum(["init", "fail_closed", "inactive", "drift"]),
      model: text.nullable(),
      reason: text,
      count: z.int().min(1),
      sample: text,
    }),
  ),
});
