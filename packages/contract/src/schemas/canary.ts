import { z } from "zod";
import { type AuditAnchor, type Canary, type CanaryState, type SourceMark, type WatchProgress } from "../canary.js";
import { AUDIT_EVENTS, type AuditEntry } from "../audit.js";
import { dependence } from "./dependence.js";
import { atLeastZero, count, entryId, sha256, share, text, utcTime } from "./values.js";

const weights = z.record(text, share);

const canary: z.ZodType<Canary> = z.strictObject({
  model: text,
  share: z.union([z.literal(0.1), z.literal(0.5), z.literal(1)]),
  weights,
  baseline: weights,
  models: z.record(
    text,
    z.strictObject({
      predictions: count,
      nonPredictions: count,
      latencyP95Ms: atLeastZero.nullable(),
      entropy: share.nullable().exactOptional(),
      dependence: z.union([dependence, z.literal("independent")]).exactOptional(),
    }),
  ),
  formerBoot: text.nullable(),
  policyHash: sha256,
  served: z.strictObject({ build: text, artifacts: z.record(text, sha256) }).exactOptional(),
  activation: text.exactOptional(),
});

const streamMark = z.strictObject({
  kind: z.literal("stream"),
  id: entryId,
  added: count.nullable(),
  firstId: entryId.nullable(),
  endId: entryId,
  deletedId: entryId.nullable(),
});

const mark: z.ZodType<SourceMark> = z.discriminatedUnion("kind", [
  streamMark,
  z.strictObject({
    kind: z.literal("log"),
    id: entryId,
    device: atLeastZero,
    inode: atLeastZero,
    bytes: count,
    tail: z.strictObject({ bytes: count, sha256 }),
  }),
  z.strictObject({
    kind: z.literal("shards"),
    id: entryId,
    shards: z.array(z.strictObject({ stream: text, id: entryId, mark: streamMark.nullable() })).min(2),
  }),
  z.strictObject({ kind: z.literal("jetstream"), id: entryId, created: text, sequence: count }),
]);

const watch: z.ZodType<WatchProgress> = z.strictObject({
  cutover: utcTime,
  startedAt: utcTime,
  cursor: entryId.nullable(),
  mark: mark.exactOptional(),
  watchedMs: atLeastZero,
  durationMs: atLeastZero,
  judgements: count,
  events: count,
  lastJudgedAt: utcTime.nullable(),
  stamp: z.strictObject({ boot: text, monotonicMs: atLeastZero, uptimeMs: atLeastZero }).exactOptional(),
  worst: z.array(
    z.strictObject({
      model: text.nullable(),
      check: text,
      value: z.number(),
      limit: z.number(),
      margin: z.number(),
      at: utcTime,
    }),
  ),
  history: z
    .array(
      z.strictObject({
        at: utcTime,
        watchedMs: atLeastZero,
        margins: z.array(z.strictObject({ model: text.nullable(), check: text, margin: z.number() })),
        evidence: z.array(z.strictObject({ model: text, check: text, part: z.number() })),
      }),
    )
    .optional(),
});

/** A reference to an audit log, kept outside the log. */
export const auditAnchor: z.ZodType<AuditAnchor> = z.strictObject({ number: z.int().min(1), hash: sha256 });

const unlogged = z.strictObject({
  at: utcTime,
  event: z.enum(AUDIT_EVENTS),
  operation: text,
  host: z.string(),
  user: z.string(),
  details: z.record(z.string(), z.unknown()),
});

const head = {
  version: z.literal(1),
  unit: text,
  operation: text,
  updatedAt: utcTime,
  audit: auditAnchor.nullable().optional(),
  unlogged: z.array(unlogged).exactOptional(),
};

/** The state file of a canary. */
export const canaryState: z.ZodType<CanaryState> = z.union([
  z.strictObject({ ...head, phase: z.literal("baseline"), canary: z.null(), watch: z.null() }),
  z.strictObject({ ...head, phase: z.literal("activating"), canary, watch: z.null() }),
  z.strictObject({
    ...head,
    phase: z.literal("rolling_back"),
    canary,
    watch: watch.nullable(),
    reason: z.string(),
    cleanSince: utcTime.nullable(),
    attempts: count.exactOptional(),
  }),
  z.strictObject({
    ...head,
    phase: z.enum(["canary", "eligible", "promoted"]),
    canary,
    watch,
    evidence: z.record(z.string(), z.unknown()).nullable(),
  }),
]);

/** One line of the audit log. Does not verify its hash. */
export const auditEntry: z.ZodType<AuditEntry> = z.strictObject({
  version: z.literal(1),
  number: z.int().min(1),
  at: utcTime,
  event: z.enum(AUDIT_EVENTS),
  unit: text,
  operation: text,
  host: z.string(),
  user: z.string(),
  details: z.record(z.string(), z.unknown()),
  torn: sha256.nullable(),
  previous: sha256,
  hash: sha256,
});
