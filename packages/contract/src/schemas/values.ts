import { z } from "zod";
import { parseEntryId } from "../entry-id.js";

/** Any number, including NaN and the infinities: telemetry contains them, and they are judged. */
export const anyNumber: z.ZodType<number> = z.custom<number>(
  (value) => typeof value === "number",
  "Invalid input: expected a number",
);
export const text: z.ZodType<string> = z.string().min(1);
/** Short, because it is kept for every entry. */
export const shortText: z.ZodType<string> = z.string().min(1).max(200);
export const share: z.ZodType<number> = z.number().min(0).max(1);
export const atLeastZero: z.ZodType<number> = z.number().min(0);
export const count: z.ZodType<number> = z.int().min(0);
export const sha256: z.ZodType<string> = z.string().regex(/^[\da-f]{64}$/);
/** A time in a document: ISO 8601 in UTC. */
export const utcTime: z.ZodType<string> = z.iso.datetime();
export const entryId: z.ZodType<string> = z
  .string()
  .refine((value) => parseEntryId(value) !== null, "Invalid input: expected an entry ID, such as 1763818338282-0");
