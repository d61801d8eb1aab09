import { z } from "zod";

/** A name that a request gives to something. */
const name = z.string().min(1).max(200);

/** How the predictions of a body are judged: the flags of `qsc judge`. */
export const judgementQuery = z.strictObject({
  model: name.optional().describe("What the model is called in the verdict. Default: model"),
  labels: z
    .string()
    .min(1)
    .max(10_000)
    .optional()
    .describe("The labels there are, separated by commas. Default: BUY,SELL,HOLD, or those of the profile"),
  profile: name
    .optional()
    .describe(
      "imbalanced, confident, slow, or the name of a profile that the judge was given. Default: the built-in limits",
    ),
  label: name.optional().describe("The key of the labels. Default: label; a profile of a regression has none"),
  score: name.optional().describe("The key of the scores. Default: score"),
  time: name.optional().describe("The key of the times; the predictions are sorted by it"),
  segment: name
    .optional()
    .describe("The key of the segments: each also decides by itself, unless the profile says not"),
  latency: name.optional().describe("The key of the latencies, in milliseconds"),
});

/** What a question about the telemetry is limited to: the flags of `qsc quality-gate`. */
const windowShape = {
  after: name
    .optional()
    .describe(
      "Only decisions after this time, the start of the process: ISO 8601 with its zone, best 2026-01-11T08:30:00Z. A canary needs it, or within",
    ),
  within: name
    .optional()
    .describe(
      "Only decisions of this long before now, such as 10m: shorter than the process has run. In place of after",
    ),
  asOf: name.optional().describe("Judge as of this time: to look back, and never a success. Default: now"),
  count: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, "a whole number from 1 on, such as 2000")
    .optional()
    .describe("Only the newest decisions, this many"),
  shadow: z.literal("true").optional().describe("The model runs as a shadow, without a vote"),
  against: name.optional().describe("With shadow: compare it with this model on the same decisions"),
};

export const windowQuery = z.strictObject(windowShape);

/** A question that names its model: Flagger's webhooks ask it in their URL. */
export const modelQuery = z.strictObject({ model: name.describe("The model that must pass"), ...windowShape });

/** The same in the `jsonBody` of Argo Rollouts' web metric, where a count may be a number. */
export const modelBody = modelQuery.extend({
  count: z
    .union([windowShape.count.unwrap(), z.int().min(1)])
    .optional()
    .describe("Only the newest decisions, this many"),
});

/** The path of a verdict. */
export const verdictPath = z.strictObject({
  mode: z.enum(["collection", "canary"]).describe("collection only gathers evidence, and never answers 200"),
  model: name.optional().describe("The model that must pass; without it, any model"),
});

export const measurementPath = z.strictObject({ model: name.describe("The model that must pass") });

/** Flagger's hooks. `skip` is not one of them: its success would promote a canary without any analysis. */
const FLAGGER_HOOKS = [
  "confirm-rollout",
  "pre-rollout",
  "rollout",
  "confirm-traffic-increase",
  "confirm-promotion",
  "post-rollout",
  "rollback",
  "event",
] as const;

export const flaggerPath = z.strictObject({ hook: z.enum(FLAGGER_HOOKS) });

/**
 * The payload of every webhook of Flagger: CanaryWebhookPayload in pkg/apis/flagger/v1beta1/canary.go, and "Webhook
 * payload" at https://docs.flagger.app/usage/webhooks. An event has `eventMessage`, `eventType` and `timestamp` in its
 * metadata. Later versions add `checksum` and may add more, which asks for nothing.
 */
export const flaggerPayload = z.looseObject({
  name: z.string().describe("The canary"),
  namespace: z.string(),
  phase: z.string().optional(),
  checksum: z.string().optional(),
  metadata: z
    .record(z.string(), z.string())
    .nullable()
    .optional()
    .describe("token: the token, since Flagger sends no header of its own. hook: rollback, which that hook needs"),
});

const verdict = z.enum(["pass", "fail", "unknown", "collected"]);
const texts = z.array(z.string());
/** For when a gate was judged, and since when. */
const times = {
  asOf: z.string(),
  asOfFrom: z.enum(["clock", "option", "last event"]),
  after: z.string().nullable(),
};

/** What is answered in place of a verdict, as qsc --json does. */
export const problem = z.strictObject({
  kind: z.literal("error"),
  verdict: z.literal("unknown"),
  pass: z.literal(false),
  code: z.string(),
  message: z.string(),
});

/** The answer to Argo Rollouts: `pass` is true for a proven pass alone, `fail` for a proven failure. */
export const measurement = z.strictObject({
  pass: z.boolean(),
  fail: z.boolean(),
  verdict,
  model: z.string(),
  reasons: texts,
  codes: texts,
  ...times,
  judgedAt: z.string(),
  digest: z.string(),
});

/** The answer to Flagger, which logs it. `rollback` is there for that hook alone, which may answer without a gate. */
export const hookAnswer = z.strictObject({
  pass: z.boolean(),
  verdict,
  rollback: z.boolean().optional(),
  model: z.string(),
  reasons: texts,
  codes: texts,
  ...z.strictObject(times).partial().shape,
});

/** The verdict on predictions: the document of `qsc judge --json`. */
export const judgeDocument = z.looseObject({
  kind: z.literal("judge"),
  verdict: z.enum(["pass", "fail", "unknown"]),
  exitCode: z.union([z.literal(0), z.literal(2)]),
  reasons: texts,
  codes: texts,
  warnings: texts,
  judgedAt: z.iso.datetime(),
  host: z.string(),
  toolVersion: z.string(),
  source: z.string(),
  oldest: z.string().nullable(),
  newest: z.string().nullable(),
  profile: z.looseObject({ name: z.string(), source: z.string(), hash: z.string() }),
  reference: z.looseObject({ source: z.string(), predictions: z.int() }).nullable(),
  counts: z.strictObject({ read: z.int(), rejected: z.int(), judged: z.int() }),
  rejected: z.array(z.looseObject({ reason: z.string(), count: z.int(), sample: z.string().nullable() })),
  models: z.array(z.looseObject({ model: z.string(), verdict: z.enum(["pass", "fail", "unknown"]) })),
  digest: z.string(),
});

/** One prediction of a body, under its usual keys; others are ignored. */
export const prediction = z.looseObject({
  label: z.union([z.string(), z.number(), z.boolean()]).nullable().optional(),
  score: z.number().nullable(),
});

export const health = z.strictObject({ status: z.literal("ok") });
