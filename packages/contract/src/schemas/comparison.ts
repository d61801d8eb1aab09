import { z } from "zod";
import type { ShadowComparison } from "../judgement.js";
import { count, share, text } from "./values.js";

export const shadowComparison: z.ZodType<ShadowComparison> = z
  .strictObject({
    against: text,
    result: z.enum(["alike", "different", "unknown"]),
    because: text.exactOptional(),
    decisions: count,
    compared: count,
    agreement: share.nullable(),
    labels: z.array(z.strictObject({ label: text, shadow: share.nullable(), against: share.nullable() })),
    log10: z.number().min(0),
    threshold: z.number().min(0),
    since: count.nullable(),
    strongest: z.strictObject({ label: text, more: z.boolean() }).nullable(),
  })
  .refine(
    ({ result, because, since, compared, decisions }) =>
      (result === "different") === (since !== null) &&
      compared <= decisions &&
      (because === undefined || result === "unknown"),
    "Invalid input: the comparison contradicts itself",
  );
