import { z } from "zod";
import type { NumbersByName } from "../wire.js";
import { byModel, isObject, modelName, passOn, recordOf, telemetryDocument } from "./record.js";
import { atLeastZero, shortText } from "./values.js";

type Breakdown = Readonly<Record<string, unknown>>;

/** The part of a version 2 payload that an entry needs so as not to be rejected. */
export interface ReadablePayloadV2 {
  readonly decision_id: string;
  readonly build: string;
  readonly boot_id: string;
  readonly weights: NumbersByName;
  readonly canary: { readonly model: string; readonly weight: number } | null;
}

const breakdown: z.ZodType<Breakdown> = byModel(z.unknown(), 1);
const vector: z.ZodType<Breakdown> = recordOf(z.unknown());
const vectors: z.ZodType<Readonly<Record<string, Breakdown>>> = byModel(vector, 1);

/** A version 1 payload that a reader does not reject. Whatever its models answered is judged. */
export const readablePayloadV1: z.ZodType<{ readonly model_breakdown: Breakdown }> = telemetryDocument(
  z.looseObject({ model_breakdown: breakdown }),
);

/** A version 2 payload that a reader does not reject. */
export const readablePayloadV2: z.ZodType<ReadablePayloadV2> = telemetryDocument(
  z.looseObject({
    decision_id: shortText,
    build: shortText,
    boot_id: shortText,
    weights: byModel(atLeastZero, 1),
    canary: z.looseObject({ model: modelName, weight: atLeastZero }).nullable(),
  }),
);

/** A version 2 breakdown that a reader does not reject. */
export const readableBreakdown: z.ZodType<Breakdown> = telemetryDocument(breakdown);

/** Version 2 features that a reader does not reject: one vector, or one per model when all members are vectors. */
export const readableFeatures: z.ZodType<Breakdown> = telemetryDocument(
  vector.check((context) => {
    const members = Object.values(context.value);
    if (members.length > 0 && members.every(isObject)) passOn(vectors.safeParse(context.value).error, context);
  }),
);
