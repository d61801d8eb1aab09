import { z } from "zod";
import type { WatchPower } from "../power.js";
import { SEGMENT_FAULTS } from "../segments.js";
import type { Cases, Dependence } from "../verdict.js";
import { atLeastZero, count, text } from "./values.js";

const cases: z.ZodType<Cases> = z
  .strictObject({ cases: count, n: count })
  .refine(({ cases, n }) => cases <= n, "Invalid input: more cases than there were");

const correlation = z.number().min(-1).max(1).nullable();

const measured = {
  decisions: count,
  observations: count,
  spanMs: atLeastZero,
  symbols: count.exactOptional(),
  labels: z.array(
    z.strictObject({ labels: z.array(text), afterThese: cases, afterOthers: cases, within: correlation }),
  ),
  equalConfidences: cases,
  confidences: z.strictObject({ autocorrelation: correlation, n: count }),
};

export const dependence: z.ZodType<Dependence> = z.strictObject(measured);

export const modelDependence: z.ZodType<Dependence & { readonly model: string }> = z.strictObject({
  model: text,
  ...measured,
});

export const watchPower: z.ZodType<WatchPower> = z.strictObject({
  model: text,
  durationMs: atLeastZero,
  rows: z.array(
    z.strictObject({
      check: text,
      limit: text,
      fault: text,
      observations: count.nullable(),
      late: count.nullable(),
      decisions: count.nullable(),
      minutes: atLeastZero.nullable(),
      inTime: z.boolean(),
    }),
  ),
  symbols: z
    .strictObject({
      decides: z.boolean(),
      known: count.nullable(),
      rows: z.array(
        z.strictObject({
          fault: z.enum(SEGMENT_FAULTS),
          label: text.nullable(),
          decisions: count.nullable(),
          late: count.nullable(),
          minutes: atLeastZero.nullable(),
        }),
      ),
    })
    .exactOptional(),
});
