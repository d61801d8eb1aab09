import { z } from "zod";
import type {
  BreakdownV2,
  FeaturesV2,
  NumbersByName,
  PayloadV1,
  PayloadV2,
  WireAnswerV1,
  WireAnswerV2,
} from "../wire.js";
import { byModel, isObject, modelName, object, passOn, recordOf, telemetryDocument } from "./record.js";
import { anyNumber, atLeastZero, count, share, shortText, text, utcTime } from "./values.js";

const decision = {
  symbol: text,
  side: text,
  confidence: share,
  timestamp: text,
  model: text,
  consensus_count: count,
  total_models: count,
};

const answerV1: z.ZodType<WireAnswerV1> = z.looseObject({
  action: text,
  confidence: share,
  model: z.string().optional(),
  inactive: z.boolean().optional(),
  inactive_reason: z.string().nullish(),
  shadow: z.boolean().optional(),
  reason: z.string().nullish(),
  triggered_by: z.string().nullish(),
});

const artifact = {
  error: z.string().nullish(),
  artifact_sha256: z
    .string()
    .regex(/^(?:sha256:)?[\da-f]{64}$/)
    .nullable(),
  feature_dim: z.int().min(1).nullable(),
};

const answerV2: z.ZodType<WireAnswerV2> = z.discriminatedUnion("status", [
  z.looseObject({
    ...artifact,
    status: z.enum(["active", "shadow"]),
    action: text,
    confidence: share,
    latency_ms: atLeastZero,
  }),
  z.looseObject({
    ...artifact,
    status: z.literal("inactive"),
    inactive_reason: text,
    latency_ms: atLeastZero.nullish(),
  }),
]);

const vector: z.ZodType<NumbersByName> = recordOf(anyNumber, { keys: text });

/** The payload that an engine publishes in contract version 1. */
export const payloadV1: z.ZodType<PayloadV1> = telemetryDocument(
  z.looseObject({
    ...decision,
    model_breakdown: byModel(answerV1, 1),
    atr_value: anyNumber.optional(),
    volatility_factor: anyNumber.optional(),
    exchange_divergence: anyNumber.optional(),
    funding_rate: anyNumber.optional(),
  }),
);

/** The payload that an engine publishes in contract version 2. */
export const payloadV2: z.ZodType<PayloadV2> = telemetryDocument(
  z.looseObject({
    ...decision,
    decision_id: shortText,
    build: shortText,
    boot_id: shortText,
    weights: byModel(atLeastZero, 1),
    canary: z.looseObject({ model: modelName, weight: atLeastZero }).nullable(),
    features_at: utcTime,
    no_decision_reason: z.string().nullish(),
    trade: z.looseObject({ signal: z.boolean(), withheld: z.string().nullable() }).optional(),
  }),
);

/** The models' answers that an engine publishes in contract version 2. */
export const breakdownV2: z.ZodType<BreakdownV2> = telemetryDocument(byModel(answerV2, 1));

const perModel: z.ZodType<Readonly<Record<string, NumbersByName>>> = byModel(vector, 1);

/** The features that an engine publishes in contract version 2: one vector, or one for each model. */
export const featuresV2: z.ZodType<FeaturesV2> = telemetryDocument(
  object<FeaturesV2>().check((context) => {
    const members = Object.values(context.value);
    const schema = members.length > 0 && members.every(isObject) ? perModel : vector;
    passOn(schema.safeParse(context.value).error, context);
  }),
);
