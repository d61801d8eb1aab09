import { z } from "zod";
import { SEGMENT_FAULTS, type ModelSegments } from "../segments.js";
import { recordOf } from "./record.js";
import { atLeastZero, count, share } from "./values.js";

/** A model's answers symbol by symbol. */
export const modelSegments: z.ZodType<ModelSegments> = z.strictObject({
  by: z.literal("symbol"),
  decides: z.boolean(),
  rows: z.array(
    z.strictObject({
      symbol: z.string(),
      decisions: count,
      predictions: count,
      shares: recordOf(share.nullable()),
      unchanged: share.nullable(),
      status: z.enum(["pass", "violation", "unknown"]),
      open: z.enum(["too few decisions", "unread entries"]).nullable(),
      fault: z.enum(SEGMENT_FAULTS).nullable(),
      log10: z.number(),
      threshold: atLeastZero,
      since: count.nullable(),
    }),
  ),
  needed: count.nullable(),
  withoutSymbol: count,
  further: count,
});
