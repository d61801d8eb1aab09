import { z } from "zod";
import { EXIT } from "../exit-codes.js";
import { REJECTION_REASONS } from "../telemetry.js";
import type { EvidenceHead } from "../judgement.js";
import { checkResult } from "./checks.js";
import { count, entryId, sha256, text, utcTime } from "./values.js";

type Shape<T> = { readonly [K in keyof T]-?: z.ZodType<T[K]> };

/** The members that every document has. */
export const evidenceShape: Shape<EvidenceHead> = {
  verdict: z.enum(["pass", "fail", "unknown", "collected"]),
  exitCode: z.literal(Object.values(EXIT)),
  reasons: z.array(text),
  codes: z.array(text).optional(),
  next: z.array(text).optional(),
  judgedAt: utcTime,
  asOf: utcTime,
  asOfFrom: z.enum(["clock", "option", "last event"]),
  after: utcTime.nullable(),
  count: count.nullable(),
  source: text,
  stream: z.string().nullable(),
  unit: z.string().nullable(),
  firstId: entryId.nullable(),
  lastId: entryId.nullable(),
  earlier: z
    .strictObject({ entries: count, firstId: entryId.nullable(), missing: z.array(z.string()) })
    .nullable()
    .optional(),
  policyHash: sha256,
  policySource: text,
  counts: z.strictObject({ read: count, rejected: count, duplicates: count, judged: count }),
  rejected: z.array(
    z.strictObject({
      reason: z.enum(REJECTION_REASONS),
      count: z.int().min(1),
      samples: z.array(z.string()),
      detail: z.string(),
    }),
  ),
  integrity: z.array(checkResult),
  builds: z.array(z.string()),
  boots: z.array(z.string()),
  host: text,
  toolVersion: text,
};
