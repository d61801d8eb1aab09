import { z } from "zod";
import type { CheckResult, CheckStatus, ConditionResult, Interval, Verdict } from "../verdict.js";
import { count, text } from "./values.js";

export const verdict: z.ZodType<Verdict> = z.enum(["pass", "fail", "unknown"]);
const status: z.ZodType<CheckStatus> = z.enum(["pass", "violation", "unknown"]);

const interval: z.ZodType<Interval> = z.strictObject({
  low: z.number(),
  high: z.number(),
  confidence: z.number().gt(0).lt(1),
});

const condition: z.ZodType<ConditionResult> = z.strictObject({
  measure: text,
  status,
  value: z.number().nullable(),
  worst: z.number().nullable(),
  violatedWhen: z.enum(["below", "above"]),
  limit: z.number().nullable(),
  interval: interval.nullable(),
});

/** What a check found. Only an unknown check can be waived. */
export const checkResult: z.ZodType<CheckResult> = z
  .strictObject({
    id: text,
    status,
    value: z.number().nullable(),
    limit: z.number().nullable(),
    n: count,
    interval: interval.nullable(),
    reason: text,
    waived: z.boolean(),
    conditions: z.array(condition),
  })
  .refine((check) => !check.waived || check.status === "unknown", "Invalid input: only an unknown check is waived");
