import { z } from "zod";
import { REQUIREMENTS, type Policy } from "../policy.js";
import { recordOf } from "./record.js";
import { atLeastZero, count, text } from "./values.js";

/** An effective policy. Does not check that it only tightens the built-in limits. */
export const policy: z.ZodType<Policy> = z.strictObject({
  limits: recordOf(atLeastZero, { keys: z.string().regex(/^[^.]+\.[^.]+$/) }),
  labels: z
    .strictObject({ acting: z.array(text).min(1), abstaining: z.array(text) })
    .refine(({ acting, abstaining }) => {
      const all = [...acting, ...abstaining];
      return new Set(all).size === all.length;
    }, "Invalid input: a label is named twice"),
  minEvents: z.strictObject({ collection: count, canary: count }),
  confidence: recordOf(z.enum(["probability", "logit"])),
  require: z.array(z.enum(REQUIREMENTS)),
  checks: z.array(z.strictObject({ id: text, violatedWhen: text })),
  segments: z.strictObject({ by: z.literal("symbol") }).exactOptional(),
});
